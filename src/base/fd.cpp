// SPDX-License-Identifier: LGPL-2.1-or-later
// Closing descriptors.
#include "fd.h"

#include <unistd.h>

namespace scsimpath {

void Fd::reset(int fd) noexcept {
  const int old = std::exchange(fd_, fd);
  if (old >= 0 && old != fd) ::close(old);
}

}  // namespace scsimpath
