// SPDX-License-Identifier: LGPL-2.1-or-later
// The one place where the core's errors become errno values.
#pragma once

#include "scsimpath/io_error.h"

namespace scsimpath::fuse {

/// 0 for `none`.
[[nodiscard]] int error_number(IoError error) noexcept;

}  // namespace scsimpath::fuse
