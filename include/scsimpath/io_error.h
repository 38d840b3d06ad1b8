// SPDX-License-Identifier: LGPL-2.1-or-later
// What a read, write or flush can end with; the FUSE layer maps it to an errno in one place.
#pragma once

#include <cstdint>

namespace scsimpath {

enum class IoError : std::uint8_t {
  none,
  io,             ///< EIO: no usable path within the bound, or nothing better is known
  target,         ///< EREMOTEIO: the target refused or failed the command
  medium,         ///< ENODATA: an unrecoverable medium error
  reservation,    ///< EBADE: reservation conflict
  no_space,       ///< ENOSPC: past the end, or thin provisioning ran out of space
  protection,     ///< EILSEQ: protection information or compare failure
  read_only,      ///< EROFS: the disk is write-protected
  timed_out,      ///< ETIME: a command duration limit passed (B/2E)
  no_medium,      ///< ENOMEDIUM
  not_supported,  ///< EOPNOTSUPP
  invalid,        ///< EINVAL
  again,          ///< EAGAIN: the caller asked not to wait
  interrupted,    ///< EINTR: the caller was interrupted while its request was held
};

}  // namespace scsimpath
