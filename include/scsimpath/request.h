// SPDX-License-Identifier: LGPL-2.1-or-later
// What a user asked of a head, in bytes.
#pragma once

#include <atomic>
#include <cstdint>

#include "scsimpath/bytes.h"
#include "scsimpath/io_error.h"
#include "scsimpath/runtime.h"

namespace scsimpath {

class HeadCore;
struct EdgeBlock;
enum class ZeroBy : std::uint8_t;

/// - zero: the bytes read as zeros afterwards
/// - discard: the same, and the disk may give their space back
/// - seek_data, seek_hole: where data, or bytes without any, are next
enum class Operation : std::uint8_t { read, write, flush, zero, discard, seek_data, seek_hole };

/// The caller fills the first part, submits it to a head and keeps it and its data alive until
/// `done` was called. It may be used again after that. Any offset and length are right: what is not
/// aligned to the disk's blocks is read, modified and written, safely against every other write.
struct Request {
  using Done = void (*)(Request&) noexcept;

  Operation operation = Operation::read;
  bool fua = false;      ///< of a write: done only when it is on stable storage
  bool no_wait = false;  ///< end with `again` rather than wait for a path or for memory
  std::uint64_t offset = 0;
  Bytes data{};              ///< of a read or write; of a write only read
  std::uint64_t length = 0;  ///< of zero and discard
  /// Called once, on any thread, with no lock held, perhaps inside `Head::submit`. Must not block.
  Done done = nullptr;

  /// Optional. The buffer of a read is with a command that the device does not give back in time:
  /// puts another of the same size into `data` and keeps the old one, and this object, until
  /// `data_returned` was called once for each time that this was true, perhaps after `done`. False:
  /// there is none now, and the read waits for the device. Any thread; must not block.
  bool (*replace_data)(Request&) noexcept = nullptr;
  /// Optional, for what changes blocks. A command has this object's data and the device does not
  /// give it back in time: keeps both until `data_returned` was called, perhaps long after `done`,
  /// which tells the result as usual. Called at most once; without it `done` waits for the device.
  /// Any thread; must not block.
  void (*keep_data)(Request&) noexcept = nullptr;
  /// Required beside either. Any thread.
  void (*data_returned)(Request&) noexcept = nullptr;

  // The result.
  IoError error = IoError::none;
  /// Bytes read or written; less than asked only at the disk's end.
  std::uint32_t transferred = 0;
  /// Of a seek: at or after `offset`; `not_found` where there is no data any more, the disk's size
  /// where there is no hole.
  std::uint64_t found = 0;
  static constexpr std::uint64_t not_found = ~std::uint64_t{0};

  /// It changes blocks: it holds its range against every other that does.
  [[nodiscard]] bool changes_blocks() const noexcept {
    return operation == Operation::write || zeroes();
  }
  [[nodiscard]] bool zeroes() const noexcept {
    return operation == Operation::zero || operation == Operation::discard;
  }
  [[nodiscard]] bool seeks() const noexcept {
    return operation == Operation::seek_data || operation == Operation::seek_hole;
  }

  // The head's, while it has the request.
  enum class Phase : std::uint8_t {
    idle,        ///< not with a head
    moving,      ///< a thread or a command carries it
    parked,      ///< in the requeue: waits for a path or a clone
    locked_out,  ///< waits for an overlapping write
    delayed,     ///< waits for its timer before a retry
    haunted,     ///< waits until attempts of it that were given up are dead
  };
  struct Progress {
    HeadCore* head = nullptr;
    Request* next = nullptr;  ///< in the requeue or among a range's waiters
    Request* previous = nullptr;
    std::atomic<Phase> phase{Phase::idle};
    std::atomic<bool> cancelled{false};  ///< the caller was interrupted
    bool ready = false;                  ///< parked, and next in turn: under the requeue's lock
    bool was_sent = false;               ///< a command of it has been, whatever became of that
    bool holds_range = false;
    bool filling_edge = false;      ///< the master reads an edge block that a write will modify
    bool using_edge = false;        ///< the master's buffer is the edge block
    bool forced = false;            ///< its writes have FUA
    bool syncing = false;           ///< all is written; a flush makes it last, for want of FUA
    bool exhausted = false;         ///< every usable path has failed the current master
    bool only_distrusted = false;   ///< the usable paths carry no writes
    bool tried_elsewhere = false;   ///< the current master has had its one other path
    std::uint8_t retries = 0;       ///< of the current master on the same path
    std::uint8_t turned_away = 0;   ///< how often by a port group that takes no I/O
    std::uint8_t held_back = 0;     ///< how often by a path that must be looked at first
    std::uint8_t busies = 0;        ///< how often by paths without room, since one has failed it so
    std::uint8_t busy_path = 0;     ///< slot + 1 of the last of them, 0: none
    std::uint64_t first_block = 0;  ///< the locked range, in blocks
    std::uint64_t end_block = 0;
    std::uint64_t end = 0;           ///< bytes of the whole, cut off at the disk's end
    std::uint64_t position = 0;      ///< bytes of it that are done
    std::uint32_t step = 0;          ///< bytes of it the current master is about
    std::uint64_t write_until = 0;   ///< zeros are written up to there: UNMAP has kept data
    ZeroBy zero_by{};                ///< how the current master of a zero or discard goes about it
    EdgeBlock* edge = nullptr;       ///< one block, from the head's pool
    std::uint8_t same_path = 0;      ///< slot + 1 of the path a retry is meant for, 0: any
    std::uint64_t flush_covers = 0;  ///< the writes that this flush keeps
    std::uint32_t resets = 0;        ///< of the disk, when what a flush is to keep was sent
    unsigned outrun = 0;             ///< how often a reset was met while it flushed
    Instant first_outrun{};
    Instant first_path_error{};       ///< zero: the current master has met none
    std::uint64_t failed_paths = 0;   ///< by slot; which paths have failed the current master
    std::uint64_t holding_paths = 0;  ///< those that have held it back
    Request* next_range = nullptr;    ///< in the range lock's list of holders
    Request* previous_range = nullptr;
    // Under the range lock.
    std::uint32_t ghosts = 0;  ///< attempts that were given up and may yet change its blocks
    bool lingers = false;      ///< it was answered, and they are not dead
    bool timed = false;        ///< it waits for a haunted range, and `retry_timer` tells how long
    Instant haunted_since{};
    bool kept = false;  ///< `keep_data` was called

    /// A master that has not failed anywhere.
    void new_budget() noexcept {
      tried_elsewhere = exhausted = false;
      retries = turned_away = held_back = busies = busy_path = 0;
      failed_paths = holding_paths = 0;
    }
  } progress;
  struct RetryTimer : Timer {
    explicit RetryTimer(Request& owner) noexcept : Timer(nullptr), request(owner) {}
    Request& request;
  } retry_timer{*this};
};

}  // namespace scsimpath
