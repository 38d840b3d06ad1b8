// SPDX-License-Identifier: LGPL-2.1-or-later
// What a message asks of a head, on its way down, and the answer on its way back.
#pragma once

#include <cstdint>

#include "io_request.h"

namespace scsimpath::fuse {

class HeadFile;

/// The message that this thread handles; libfuse's callbacks do not tell.
class Incoming {
 public:
  Incoming(IoRequest& message, bool must_not_block) noexcept;
  ~Incoming();
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;
};

/// The kernel's number of that message.
[[nodiscard]] std::uint64_t incoming_unique() noexcept;

/// Turn the message of this thread into a request. It is answered when the head is done with it.
void start_read(fuse_req_t req, HeadFile& file, std::size_t size, std::uint64_t offset) noexcept;
void start_write(fuse_req_t req, HeadFile& file, const char* data, std::size_t size,
                 std::uint64_t offset, bool fua) noexcept;
/// `operation` is zero or discard.
void start_zeroing(fuse_req_t req, HeadFile& file, Operation operation, std::uint64_t offset,
                   std::uint64_t length) noexcept;
/// `operation` is seek_data or seek_hole.
void start_seek(fuse_req_t req, HeadFile& file, Operation operation, std::uint64_t offset) noexcept;
/// `was_unflushed`: the file had something to flush.
void start_flush(fuse_req_t req, HeadFile& file, FlushFor what, bool was_unflushed) noexcept;

/// A request from the backlog.
void carry(IoRequest& request) noexcept;

/// Ends the request with a kernel's number as EINTR, at once where it waits, else as soon as it
/// would have to. False when there is none.
[[nodiscard]] bool interrupt(Service& service, std::uint64_t unique) noexcept;

}  // namespace scsimpath::fuse
