// SPDX-License-Identifier: LGPL-2.1-or-later
// IoError to errno, as the kernel's block layer names the same conditions.
#include "errno_map.h"

#include <cerrno>

namespace scsimpath::fuse {

int error_number(IoError error) noexcept {
  switch (error) {
    case IoError::none:
      return 0;
    case IoError::io:
      return EIO;
    case IoError::target:
      return EREMOTEIO;
    case IoError::medium:
      return ENODATA;
    case IoError::reservation:
      return EBADE;
    case IoError::no_space:
      return ENOSPC;
    case IoError::protection:
      return EILSEQ;
    case IoError::read_only:
      return EROFS;
    case IoError::timed_out:
      return ETIME;
    case IoError::no_medium:
      return ENOMEDIUM;
    case IoError::not_supported:
      return EOPNOTSUPP;
    case IoError::invalid:
      return EINVAL;
    case IoError::again:
      return EAGAIN;
    case IoError::interrupted:
      return EINTR;
  }
  return EIO;
}

}  // namespace scsimpath::fuse
