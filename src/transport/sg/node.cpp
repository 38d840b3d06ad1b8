// SPDX-License-Identifier: LGPL-2.1-or-later
// open, write and read of a SCSI generic node.
#include "node.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace scsimpath::sg {

namespace {
// The first version of the driver that knows these headers, as it counts them.
constexpr int version_3 = 30000;
}  // namespace

int Node::open() noexcept {
  Fd fd(::open(name_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return errno;
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return errno;
  // A write to anything else would be data.
  if (!S_ISCHR(status.st_mode)) return ENOTTY;
  int version = 0;
  if (::ioctl(fd.get(), SG_GET_VERSION_NUM, &version) != 0) return ENOTTY;
  if (version < version_3) return ENOTTY;
  // The default, said again: a read returns whichever command is back.
  int any = 0;
  if (::ioctl(fd.get(), SG_SET_FORCE_PACK_ID, &any) != 0) return errno;
  fd_ = std::move(fd);
  return 0;
}

int Node::submit(const sg_io_hdr_t& header) noexcept {
  const ssize_t written = ::write(fd_.get(), &header, sizeof header);
  if (written < 0) return errno;
  return written == sizeof header ? 0 : EIO;
}

int Node::reap(sg_io_hdr_t& header) noexcept {
  const ssize_t got = ::read(fd_.get(), &header, sizeof header);
  if (got < 0) return errno;
  return got == sizeof header ? 0 : EIO;
}

}  // namespace scsimpath::sg
