// SPDX-License-Identifier: LGPL-2.1-or-later
// The transition function of a path's state.
#include "path_state.h"

namespace scsimpath {

PathState next_state(PathState state, PathInput input) noexcept {
  if (input == PathInput::taken_out) return PathState::offline;
  if (state == PathState::offline) {
    return input == PathInput::brought_back ? PathState::unknown : PathState::offline;
  }
  switch (input) {
    case PathInput::io_failed:
    case PathInput::check_failed:
      return PathState::failed;
    case PathInput::check_passed:
      return PathState::running;
    case PathInput::check_ghost:
      return PathState::ghost;
    case PathInput::check_moving:
      return PathState::transitioning;
    case PathInput::access_lost:
      // A path that failed is not known to work: only its own check says so.
      return state == PathState::failed ? PathState::failed : PathState::ghost;
    case PathInput::access_moving:
      return state == PathState::failed ? PathState::failed : PathState::transitioning;
    case PathInput::brought_back:
      return state;
    case PathInput::taken_out:
      break;
  }
  return PathState::offline;
}

}  // namespace scsimpath
