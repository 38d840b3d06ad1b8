// SPDX-License-Identifier: LGPL-2.1-or-later
// One read, write or flush that a user asked of a head, in bytes.
#pragma once

#include <atomic>
#include <cstdint>

#include "scsimpath/bytes.h"
#include "scsimpath/io_error.h"
#include "scsimpath/runtime.h"

namespace scsimpath {

class HeadCore;
struct EdgeBlock;

enum class Operation : std::uint8_t { read, write, flush };

/// The caller fills the first part, submits it to a head and keeps it and its data alive until
/// `done` was called. It may be used again after that. Any offset and length are right: what is not
/// aligned to the disk's blocks is read, modified and written, safely against every other write.
struct Request {
  using Done = void (*)(Request&) noexcept;

  Operation operation = Operation::read;
  bool fua = false;      ///< of a write: done only when it is on stable storage
  bool no_wait = false;  ///< end with `again` rather than wait for a path or for memory
  std::uint64_t offset = 0;
  Bytes data{};  ///< of a write only read
  /// Called once, on any thread, with no lock held, perhaps inside `Head::submit`. Must not block.
  Done done = nullptr;

  // The result.
  IoError error = IoError::none;
  /// Bytes moved; less than asked only at the disk's end.
  std::uint32_t transferred = 0;

  // The head's, while it has the request.
  enum class Phase : std::uint8_t {
    idle,        ///< not with a head
    moving,      ///< a thread or a command carries it
    parked,      ///< in the requeue: waits for a path or a clone
    locked_out,  ///< waits for an overlapping write
    delayed,     ///< waits for its timer before a retry
  };
  struct Progress {
    HeadCore* head = nullptr;
    Request* next = nullptr;  ///< in the requeue or among a range's waiters
    Request* previous = nullptr;
    std::atomic<Phase> phase{Phase::idle};
    std::atomic<bool> cancelled{false};  ///< the caller was interrupted
    bool ready = false;                  ///< parked, and next in turn: under the requeue's lock
    bool holds_range = false;
    bool filling_edge = false;      ///< the master reads an edge block that a write will modify
    bool using_edge = false;        ///< the master's buffer is the edge block
    bool exhausted = false;         ///< every usable path has failed the current master
    bool tried_elsewhere = false;   ///< the current master has had its one other path
    std::uint8_t retries = 0;       ///< of the current master on the same path
    std::uint64_t first_block = 0;  ///< the locked range, in blocks
    std::uint64_t end_block = 0;
    std::uint32_t position = 0;  ///< bytes of `data` that are done
    std::uint32_t step = 0;      ///< bytes of `data` the current master is about
    EdgeBlock* edge = nullptr;   ///< one block, from the head's pool
    std::uint8_t same_path = 0;  ///< slot + 1 of the path a retry is meant for, 0: any
    Instant submitted{};
    Instant first_path_error{};      ///< zero: the current master has met none
    std::uint64_t failed_paths = 0;  ///< by slot; which paths have failed the current master
    Request* next_range = nullptr;   ///< in the range lock's list of holders
    Request* previous_range = nullptr;
  } progress;
  struct RetryTimer : Timer {
    explicit RetryTimer(Request& owner) noexcept : Timer(nullptr), request(owner) {}
    Request& request;
  } retry_timer{*this};
};

}  // namespace scsimpath
