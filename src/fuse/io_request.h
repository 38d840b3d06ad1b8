// SPDX-License-Identifier: LGPL-2.1-or-later
// A message from the kernel together with its buffer, and the request it turns into.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "fuse_api.h"
#include "scsimpath/head.h"
#include "scsimpath/request.h"

namespace scsimpath::fuse {

class HeadFile;
struct Service;

enum class FlushFor : std::uint8_t { fsync, close };

/// What one message carries at most.
inline constexpr std::size_t max_payload = 1024 * 1024;
inline constexpr std::size_t page = 4096;
/// The headers before the payload of a WRITE.
inline constexpr std::size_t payload_offset = sizeof(fuse_in_header) + sizeof(fuse_write_in);
static_assert(payload_offset == 80);
/// What a read of /dev/fuse has to offer room for.
inline constexpr std::size_t message_size = max_payload + page;

/// Lies at the start of its own mapping. The message is received behind it so that the payload of
/// a WRITE begins on the second page; the data of a READ goes to the same place.
///
/// Life: a worker holds it while it receives and handles; `io.cpp` makes it a request, which the
/// head then holds as well; whoever looks it up to interrupt it holds it meanwhile. With the last
/// hold it goes back to the pool (or stays with the worker).
struct IoRequest : Request {
  explicit IoRequest(Service& service) noexcept : owner(service) {}

  [[nodiscard]] std::uint8_t* message() noexcept { return base() + page - payload_offset; }
  [[nodiscard]] std::uint8_t* payload() noexcept { return base() + page; }
  [[nodiscard]] const fuse_in_header& header() noexcept {
    return *reinterpret_cast<const fuse_in_header*>(message());
  }

  Service& owner;
  std::size_t received = 0;  ///< bytes of the message
  std::atomic<std::uint32_t> holds{1};

  // While it is a request.
  fuse_req_t reply_to = nullptr;
  std::uint64_t unique = 0;
  HeadFile* file = nullptr;  ///< alive until the reply
  /// Kept until the next use, so that a head that was removed does not end inside its own call.
  std::shared_ptr<Head> head;
  FlushFor flush_for = FlushFor::fsync;  ///< of a flush
  bool was_unflushed = false;            ///< of an fsync: the file had something to flush
  std::atomic<bool> answered{false};     ///< of a flush: nobody waits for it any more

  /// Buffers that took the place of this one's own, or of each other; linked by `next_spare`. They
  /// go back to the pool together with it, when no command has any of them any more.
  IoRequest* spares = nullptr;
  IoRequest* next_spare = nullptr;

  IoRequest* next_free = nullptr;        // the pool's
  IoRequest* next_queued = nullptr;      // the backlog's
  IoRequest* next_registered = nullptr;  // the interrupt table's

 private:
  [[nodiscard]] std::uint8_t* base() noexcept { return reinterpret_cast<std::uint8_t*>(this); }
};
static_assert(sizeof(IoRequest) <= page - payload_offset);

}  // namespace scsimpath::fuse
