// SPDX-License-Identifier: LGPL-2.1-or-later
// open and ioctl of a bsg node.
#include "node.h"

#include <fcntl.h>
#include <scsi/sg.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <cerrno>

namespace scsimpath::sg {

std::string_view remedy(int number) noexcept {
  switch (number) {
    case ENOENT:
      return " (is the device there? The kernel needs CONFIG_BLK_DEV_BSG)";
    case EACCES:
    case EPERM:
      return " (run it as root, or give this user the node)";
    case ENOTTY:
      return " (it is no bsg node)";
    case ENXIO:
      return " (the device is going)";
    case EBUSY:
      return " (another program has it for itself)";
    default:
      return "";
  }
}

int Node::open() noexcept {
  Fd fd(::open(name_.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) return errno;
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return errno;
  if (!S_ISCHR(status.st_mode)) return ENOTTY;
  // What the same ioctl number means to another driver nobody knows.
  int most = 0;
  if (::ioctl(fd.get(), SG_GET_COMMAND_Q, &most) != 0) return ENOTTY;
  fd_ = std::move(fd);
  return 0;
}

int Node::execute(sg_io_v4& header) noexcept {
  return ::ioctl(fd_.get(), SG_IO, &header) == 0 ? 0 : errno;
}

}  // namespace scsimpath::sg
