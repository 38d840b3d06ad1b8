// SPDX-License-Identifier: LGPL-2.1-or-later
// What the system knows of the process behind a request.
#pragma once

#include <sys/types.h>

namespace scsimpath::fuse {

/// True when the thread has begun to end (it was killed, or has returned from main). False also
/// when nothing is known of it.
[[nodiscard]] bool is_exiting(pid_t thread) noexcept;

}  // namespace scsimpath::fuse
