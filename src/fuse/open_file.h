// SPDX-License-Identifier: LGPL-2.1-or-later
// What an open file does with the operations on it.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <cstdint>

#include "fuse_api.h"

namespace scsimpath::fuse {

/// Lives from OPEN to RELEASE, behind `fuse_file_info::fh`. Each method answers its request, now or
/// later; any thread, several at once.
class OpenFile {
 public:
  OpenFile() = default;
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  virtual ~OpenFile() = default;

  [[nodiscard]] static OpenFile& of(const fuse_file_info& info) noexcept {
    return *reinterpret_cast<OpenFile*>(info.fh);
  }

  /// FOPEN_*. Files without data of a disk need no FLUSH.
  [[nodiscard]] virtual std::uint32_t open_flags() const noexcept {
    return FOPEN_DIRECT_IO | FOPEN_NOFLUSH;
  }

  /// `flags` are those of the file at this moment.
  virtual void read(fuse_req_t req, std::size_t size, off_t offset, int flags) = 0;
  virtual void write(fuse_req_t req, const char* /*data*/, std::size_t /*size*/, off_t /*offset*/,
                     int /*flags*/) {
    fuse_reply_err(req, EINVAL);
  }
  virtual void flush(fuse_req_t req) { fuse_reply_err(req, 0); }
  virtual void fsync(fuse_req_t req) { fuse_reply_err(req, 0); }
  virtual void lseek(fuse_req_t req, off_t /*offset*/, int /*whence*/) {
    fuse_reply_err(req, EINVAL);
  }
  virtual void fallocate(fuse_req_t req, int /*mode*/, off_t /*offset*/, off_t /*length*/) {
    fuse_reply_err(req, EOPNOTSUPP);
  }
  virtual void ioctl(fuse_req_t req, unsigned /*command*/, std::size_t /*room*/) {
    fuse_reply_err(req, ENOTTY);
  }
  /// Owns `handle`, which is null when nobody wants to be told.
  virtual void poll(fuse_req_t req, fuse_pollhandle* handle);
};

}  // namespace scsimpath::fuse
