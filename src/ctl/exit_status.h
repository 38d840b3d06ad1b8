// SPDX-License-Identifier: LGPL-2.1-or-later
// What scsimpathctl ends with.
#pragma once

namespace scsimpath::ctl {

inline constexpr int exit_fine = 0;
inline constexpr int exit_refused = 1;
inline constexpr int exit_usage = 2;

// Of `list --check`.
inline constexpr int check_ok = 0;
inline constexpr int check_degraded = 1;
inline constexpr int check_critical = 2;

}  // namespace scsimpath::ctl
