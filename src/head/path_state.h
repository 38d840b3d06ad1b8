// SPDX-License-Identifier: LGPL-2.1-or-later
// The state machine of a path: every change of state goes through one function.
#pragma once

#include <cstdint>

#include "scsimpath/path.h"

namespace scsimpath {

/// What can happen to a path.
enum class PathInput : std::uint8_t {
  io_failed,      ///< a command ended in a path error, or passed io_timeout
  check_failed,   ///< a check did
  check_passed,   ///< a check did not, and identity and capacity are the head's
  check_ghost,    ///< a check did not fail, but its port group takes no I/O
  check_moving,   ///< a check did not fail, but its port group is changing state
  access_lost,    ///< another path says that the port group takes no I/O
  access_moving,  ///< another path, or an answer to I/O, says that the port group is changing
  taken_out,      ///< the administrator took it out
  brought_back,   ///< the administrator wants it back
};

/// The state after `input`. An administrator's `offline` is left by nothing but `brought_back`,
/// which leads to `unknown`: only a check may let a path carry I/O.
///
///     unknown ──check──► running ◄──check── failed
///        ▲                 │  ▲               ▲
///   brought_back   access_ │  │ check        │ io_failed, check_failed
///        │                 ▼  │              │ (from everywhere but offline)
///     offline       ghost, transitioning ────┘
[[nodiscard]] PathState next_state(PathState state, PathInput input) noexcept;

/// Whether a port group in this state takes reads and writes (SPC-5 5.18.2.4).
[[nodiscard]] constexpr bool takes_io(AccessState state) noexcept {
  return state == AccessState::optimized || state == AccessState::non_optimized ||
         state == AccessState::lba_dependent;
}

}  // namespace scsimpath
