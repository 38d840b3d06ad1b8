// SPDX-License-Identifier: LGPL-2.1-or-later
// The C library's calls, replaced in this program only.
#include "scripted_io.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace {

using scsimpath::test::scripted_io;

/// True when the call is to fail, with errno set.
bool fails() noexcept {
  if (scripted_io.interrupts > 0) {
    --scripted_io.interrupts;
    errno = EINTR;
    return true;
  }
  if (const int error = scripted_io.error; error != 0) {
    errno = error;
    return true;
  }
  return false;
}

std::size_t allowed(std::size_t count) noexcept {
  const std::size_t most = scripted_io.most;
  return most == 0 ? count : std::min(count, most);
}

}  // namespace

extern "C" {

ssize_t pread(int fd, void* to, std::size_t count, off_t offset) {
  ++scripted_io.transfers;
  return fails() ? -1 : ::syscall(SYS_pread64, fd, to, allowed(count), offset);
}

ssize_t pwrite(int fd, const void* from, std::size_t count, off_t offset) {
  ++scripted_io.transfers;
  return fails() ? -1 : ::syscall(SYS_pwrite64, fd, from, allowed(count), offset);
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
  if (const int error = scripted_io.punch_error; error != 0) {
    errno = error;
    return -1;
  }
  return fails() ? -1 : static_cast<int>(::syscall(SYS_fallocate, fd, mode, offset, length));
}

int fdatasync(int fd) {
  ++scripted_io.flushes;
  if (const int error = scripted_io.flush_error; error != 0) {
    errno = error;
    return -1;
  }
  return fails() ? -1 : static_cast<int>(::syscall(SYS_fdatasync, fd));
}

}  // extern "C"
