// SPDX-License-Identifier: LGPL-2.1-or-later
// The one place that knows the driver's errno values.
#include "refusal.h"

#include <cerrno>

namespace scsimpath::sg {

Refusal classify_submit(int number) noexcept {
  switch (number) {
    case EDOM:
      return Refusal::full;
    case ENODEV:
      return Refusal::gone;
    default:
      // Among them ENXIO: a device that is off line, and may come back for the same descriptor.
      return Refusal::failed;
  }
}

NoReply classify_reap(int number) noexcept {
  switch (number) {
    case EAGAIN:
      return NoReply::none;
    case EINTR:
      return NoReply::repeat;
    case ENODEV:
      return NoReply::gone;
    default:
      return NoReply::failed;
  }
}

}  // namespace scsimpath::sg
