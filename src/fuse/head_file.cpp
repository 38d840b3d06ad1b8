// SPDX-License-Identifier: LGPL-2.1-or-later
// The operations on an open disk.
#include "head_file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <unistd.h>

#include "io.h"

namespace scsimpath::fuse {

void HeadFile::wrote() noexcept {
  if (!unflushed_.load(std::memory_order_acquire)) {
    unflushed_.store(true, std::memory_order_release);
  }
}

bool HeadFile::has_cache_loss() const noexcept {
  return known_losses_.load(std::memory_order_relaxed) != head_->cache_losses();
}

bool HeadFile::take_cache_loss() noexcept {
  const std::uint64_t now = head_->cache_losses();
  return known_losses_.exchange(now, std::memory_order_relaxed) != now;
}

std::uint32_t HeadFile::open_flags() const noexcept {
  return page_cache_ ? 0 : FOPEN_DIRECT_IO | FOPEN_PARALLEL_DIRECT_WRITES;
}

void HeadFile::read(fuse_req_t req, std::size_t size, off_t offset, int /*flags*/) {
  start_read(req, *this, size, static_cast<std::uint64_t>(offset));
}

void HeadFile::write(fuse_req_t req, const char* data, std::size_t size, off_t offset, int flags) {
  start_write(req, *this, data, size, static_cast<std::uint64_t>(offset),
              (flags & (O_DSYNC | O_SYNC)) != 0);
}

void HeadFile::flush(fuse_req_t req) {
  // One whose flush is under way has taken the mark, and may yet fail.
  const bool alone = closes_.fetch_add(1, std::memory_order_acq_rel) == 0;
  if (!unflushed_.exchange(false, std::memory_order_acq_rel) && alone) {
    close_is_over(true);
    fuse_reply_err(req, 0);
    return;
  }
  start_flush(req, *this, FlushFor::close, true);
}

void HeadFile::close_is_over(bool flushed) noexcept {
  if (!flushed) wrote();
  closes_.fetch_sub(1, std::memory_order_acq_rel);
}

void HeadFile::fsync(fuse_req_t req) {
  const bool was_unflushed = unflushed_.exchange(false, std::memory_order_acq_rel);
  start_flush(req, *this, FlushFor::fsync, was_unflushed);
}

void HeadFile::lseek(fuse_req_t req, off_t offset, int whence) {
  const auto size = static_cast<off_t>(head_->geometry().size);
  if (whence != SEEK_DATA && whence != SEEK_HOLE) {
    fuse_reply_err(req, EINVAL);
  } else if (offset < 0 || offset >= size) {
    fuse_reply_err(req, ENXIO);
  } else {
    start_seek(req, *this, whence == SEEK_DATA ? Operation::seek_data : Operation::seek_hole,
               static_cast<std::uint64_t>(offset));
  }
}

/// As of a block device: zeros, with or without their space; nothing can be reserved.
void HeadFile::fallocate(fuse_req_t req, int mode, off_t offset, off_t length) {
  const bool discards = mode == (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
  const bool zeroes = (mode & ~FALLOC_FL_KEEP_SIZE) == FALLOC_FL_ZERO_RANGE;
  const auto size = static_cast<off_t>(head_->geometry().size);
  if (!discards && !zeroes) {
    fuse_reply_err(req, EOPNOTSUPP);
  } else if (zeroes && (mode & FALLOC_FL_KEEP_SIZE) == 0 &&
             (offset > size || length > size - offset)) {
    fuse_reply_err(req, ENOSPC);
  } else {
    start_zeroing(req, *this, discards ? Operation::discard : Operation::zero,
                  static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(length));
  }
}

void HeadFile::ioctl(fuse_req_t req, unsigned command, std::size_t room) {
  // BLKSSZGET and its kin say nothing of a result in their number: the kernel would drop it.
  const std::uint64_t size = head_->geometry().size;
  if (command != BLKGETSIZE64) {
    fuse_reply_err(req, ENOTTY);
  } else if (room < sizeof(size)) {
    fuse_reply_err(req, EINVAL);
  } else {
    fuse_reply_ioctl(req, 0, &size, sizeof(size));
  }
}

}  // namespace scsimpath::fuse
