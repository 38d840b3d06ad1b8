// SPDX-License-Identifier: LGPL-2.1-or-later
// Down: message → request → head. Up: result → errno → answer.
#include "io.h"

#include <sys/types.h>

#include <cerrno>
#include <exception>
#include <utility>

#include "caller.h"
#include "errno_map.h"
#include "head_file.h"
#include "service.h"

namespace scsimpath::fuse {

namespace {

thread_local IoRequest* incoming = nullptr;
thread_local bool incoming_must_not_block = false;

/// The error to answer with. What the disk was to keep may be gone though it has flushed.
int end_of_flush(const IoRequest& request, int error) noexcept {
  HeadFile& file = *request.file;
  if (request.flush_for == FlushFor::fsync) {
    // Nothing is known of the data then: the next close flushes them.
    if (error == EINTR && request.was_unflushed) file.wrote();
    return error == 0 && file.take_cache_loss() ? EIO : error;
  }
  // The file may have other descriptors, such as a forked child's: the close of one must not take
  // the error, nor the flush, from those who use the file yet.
  if (error == 0 && file.has_cache_loss()) error = EIO;
  file.close_is_over(error == 0);
  return error;
}

void answer(IoRequest& request) noexcept {
  const int error = error_number(request.error);
  switch (request.operation) {
    case Operation::read:
      if (error != 0) break;
      fuse_reply_buf(request.reply_to, reinterpret_cast<const char*>(request.data.data()),
                     request.transferred);
      return;
    case Operation::write:
      if (error != 0) break;
      if (!request.fua) request.file->wrote();
      fuse_reply_write(request.reply_to, request.transferred);
      return;
    case Operation::zero:
    case Operation::discard:
      if (error == 0) request.file->wrote();
      break;
    case Operation::seek_data:
    case Operation::seek_hole:
      if (error != 0) break;
      if (request.found == Request::not_found) {
        fuse_reply_err(request.reply_to, ENXIO);
      } else {
        fuse_reply_lseek(request.reply_to, static_cast<off_t>(request.found));
      }
      return;
    case Operation::flush:
      fuse_reply_err(request.reply_to, end_of_flush(request, error));
      return;
  }
  fuse_reply_err(request.reply_to, error);
}

/// The log may be on this very disk: who carries its I/O must not wait for it.
void warn_of_lost_flush(const IoRequest& request) noexcept {
  const auto& warn = request.owner.options.warn;
  if (!warn) return;
  try {
    warn(request.head->name() + ": the flush for a program that was killed failed");
  } catch (const std::exception&) {
    // Without memory for a line there is none.
  }
}

void done(Request& base) noexcept {
  auto& request = static_cast<IoRequest&>(base);
  Service& service = request.owner;
  service.interrupts.remove(request);
  if (!request.answered.exchange(true, std::memory_order_acq_rel)) {
    answer(request);
  } else if (request.error != IoError::none) {
    warn_of_lost_flush(request);
  }
  drop(service.pool, request);
}

/// The old buffer stays this request's, and a hold on it, until the command is back.
bool replace_data(Request& base) noexcept {
  auto& request = static_cast<IoRequest&>(base);
  IoRequest* const spare = request.owner.pool.try_take();
  if (spare == nullptr) return false;
  request.holds.fetch_add(1, std::memory_order_relaxed);
  spare->next_spare = std::exchange(request.spares, spare);
  request.data = {spare->payload(), request.data.size()};
  return true;
}

/// What a command has yet stays where it is, whenever the answer is given.
void keep_data(Request& base) noexcept {
  static_cast<IoRequest&>(base).holds.fetch_add(1, std::memory_order_relaxed);
}

void data_returned(Request& base) noexcept {
  auto& request = static_cast<IoRequest&>(base);
  drop(request.owner.pool, request);
}

/// Fills what the operations have in common. The worker's hold stays the worker's.
IoRequest& begin(fuse_req_t req, HeadFile& file, Operation operation) noexcept {
  IoRequest& request = *incoming;
  request.operation = operation;
  request.fua = false;
  request.no_wait = false;
  request.offset = 0;
  request.length = 0;
  request.data = {};
  request.done = &done;
  request.replace_data = &replace_data;
  request.keep_data = &keep_data;
  request.data_returned = &data_returned;
  request.error = IoError::none;
  request.transferred = 0;
  request.reply_to = req;
  request.unique = request.header().unique;
  request.file = &file;
  if (request.head.get() != &file.head()) request.head = file.shared_head();
  // An interrupt may have come when the request's last use had just ended; from here on it may come
  // before the head has the request, and counts.
  request.progress.cancelled.store(false, std::memory_order_relaxed);
  request.answered.store(false, std::memory_order_relaxed);
  return request;
}

void go(IoRequest& request) noexcept {
  Service& service = request.owner;
  const bool must_not_block = incoming_must_not_block;
  request.holds.store(must_not_block ? 3 : 2, std::memory_order_relaxed);
  service.interrupts.add(request);
  if (must_not_block) {
    service.backlog.push(request);
  } else {
    request.head->submit(request);
  }
}

}  // namespace

Incoming::Incoming(IoRequest& message, bool must_not_block) noexcept {
  incoming = &message;
  incoming_must_not_block = must_not_block;
}

Incoming::~Incoming() {
  incoming = nullptr;
}

std::uint64_t incoming_unique() noexcept {
  return incoming->header().unique;
}

void start_read(fuse_req_t req, HeadFile& file, std::size_t size, std::uint64_t offset) noexcept {
  if (size > max_payload) {
    fuse_reply_err(req, EINVAL);
    return;
  }
  IoRequest& request = begin(req, file, Operation::read);
  request.offset = offset;
  request.data = {request.payload(), size};
  go(request);
}

void start_write(fuse_req_t req, HeadFile& file, const char* data, std::size_t size,
                 std::uint64_t offset, bool fua) noexcept {
  IoRequest& request = begin(req, file, Operation::write);
  request.fua = fua;
  request.offset = offset;
  request.data = {reinterpret_cast<std::uint8_t*>(const_cast<char*>(data)), size};
  go(request);
}

void start_zeroing(fuse_req_t req, HeadFile& file, Operation operation, std::uint64_t offset,
                   std::uint64_t length) noexcept {
  IoRequest& request = begin(req, file, operation);
  request.offset = offset;
  request.length = length;
  go(request);
}

void start_seek(fuse_req_t req, HeadFile& file, Operation operation,
                std::uint64_t offset) noexcept {
  IoRequest& request = begin(req, file, operation);
  request.offset = offset;
  go(request);
}

void start_flush(fuse_req_t req, HeadFile& file, FlushFor what, bool was_unflushed) noexcept {
  const pid_t caller = fuse_req_ctx(req)->pid;
  IoRequest& request = begin(req, file, Operation::flush);
  request.flush_for = what;
  request.was_unflushed = was_unflushed;
  go(request);
  // Whoever was killed with the file open cannot be told of an error, but would stay until held I/O
  // ends: the kernel lets nothing interrupt the close of a process that ends. The worker's hold
  // keeps the request.
  if (what != FlushFor::close || request.answered.load(std::memory_order_acquire)) return;
  if (!is_exiting(caller)) return;
  if (request.answered.exchange(true, std::memory_order_acq_rel)) return;
  // Alive until the reply; others may have it open, and how this ends nobody is told.
  file.close_is_over(false);
  fuse_reply_err(req, 0);
}

void carry(IoRequest& request) noexcept {
  IoPool& pool = request.owner.pool;
  request.head->submit(request);
  drop(pool, request);
}

bool interrupt(Service& service, std::uint64_t unique) noexcept {
  IoRequest* request = service.interrupts.find(unique);
  if (request == nullptr) return false;
  if (service.backlog.remove(*request)) {
    request->error = IoError::interrupted;
    done(*request);
    drop(service.pool, *request);
  } else {
    request->head->cancel(*request);
  }
  drop(service.pool, *request);
  return true;
}

}  // namespace scsimpath::fuse
