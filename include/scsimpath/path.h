// SPDX-License-Identifier: LGPL-2.1-or-later
// The states of a path, as users see them.
#pragma once

#include <cstdint>
#include <string_view>

namespace scsimpath {

/// - unknown: not checked yet; carries nothing
/// - running: carries I/O
/// - failed: taken out by an error or a check; comes back when a check succeeds
/// - offline: taken out by the administrator; comes back when he says so
/// - ghost: works, but its ALUA state takes no I/O (standby, unavailable, offline)
/// - transitioning: its port group is changing state; carries nothing until it has
enum class PathState : std::uint8_t { unknown, running, failed, offline, ghost, transitioning };

/// ALUA access states (SPC-5 6.36, table of the ASYMMETRIC ACCESS STATE field); the values are the
/// wire's. `unknown` is ours: not asked yet, or an answer that means nothing. It is never
/// optimized.
enum class AccessState : std::uint8_t {
  optimized = 0x0,
  non_optimized = 0x1,
  standby = 0x2,
  unavailable = 0x3,
  lba_dependent = 0x4,
  offline = 0xe,
  transitioning = 0xf,
  unknown = 0xff,
};

/// - ok: every path is running or ghost and at least one is usable
/// - degraded: some are not, and I/O goes on
/// - holding: none is usable and I/O waits
/// - failed: none is usable and I/O fails
enum class HeadState : std::uint8_t { ok, degraded, holding, failed };

[[nodiscard]] std::string_view to_string(PathState state) noexcept;
[[nodiscard]] std::string_view to_string(AccessState state) noexcept;
[[nodiscard]] std::string_view to_string(HeadState state) noexcept;

}  // namespace scsimpath
