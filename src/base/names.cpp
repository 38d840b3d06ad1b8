// SPDX-License-Identifier: LGPL-2.1-or-later
// The names of policies, states and events.
#include <algorithm>

#include "scsimpath/event.h"
#include "scsimpath/iopolicy.h"
#include "scsimpath/path.h"

namespace scsimpath {

std::string_view to_string(IoPolicy policy) noexcept {
  switch (policy) {
    case IoPolicy::numa:
      return "numa";
    case IoPolicy::round_robin:
      return "round-robin";
    case IoPolicy::queue_depth:
      return "queue-depth";
  }
  return "?";
}

std::optional<IoPolicy> parse_iopolicy(std::string_view name) noexcept {
  const auto* found = std::find_if(all_iopolicies.begin(), all_iopolicies.end(),
                                   [&](IoPolicy policy) { return to_string(policy) == name; });
  if (found == all_iopolicies.end()) return std::nullopt;
  return *found;
}

std::string_view to_string(PathState state) noexcept {
  switch (state) {
    case PathState::unknown:
      return "unknown";
    case PathState::running:
      return "running";
    case PathState::failed:
      return "failed";
    case PathState::offline:
      return "offline";
    case PathState::ghost:
      return "ghost";
    case PathState::transitioning:
      return "transitioning";
  }
  return "?";
}

std::string_view to_string(AccessState state) noexcept {
  switch (state) {
    case AccessState::optimized:
      return "active/optimized";
    case AccessState::non_optimized:
      return "active/non-optimized";
    case AccessState::standby:
      return "standby";
    case AccessState::unavailable:
      return "unavailable";
    case AccessState::lba_dependent:
      return "lba-dependent";
    case AccessState::offline:
      return "offline";
    case AccessState::transitioning:
      return "transitioning";
    case AccessState::unknown:
      return "unknown";
  }
  return "?";
}

std::string_view to_string(HeadState state) noexcept {
  switch (state) {
    case HeadState::ok:
      return "ok";
    case HeadState::degraded:
      return "degraded";
    case HeadState::holding:
      return "holding";
    case HeadState::failed:
      return "failed";
  }
  return "?";
}

std::string_view to_string(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::head_added:
      return "head-added";
    case EventKind::head_removed:
      return "head-removed";
    case EventKind::path_added:
      return "path-added";
    case EventKind::path_removed:
      return "path-removed";
    case EventKind::path_failed:
      return "path-failed";
    case EventKind::path_reinstated:
      return "path-reinstated";
    case EventKind::path_offline:
      return "path-offline";
    case EventKind::path_state_changed:
      return "path-state-changed";
    case EventKind::path_demoted:
      return "path-demoted";
    case EventKind::access_state_changed:
      return "access-state-changed";
    case EventKind::group_activation:
      return "group-activation";
    case EventKind::no_path:
      return "no-path";
    case EventKind::no_path_timeout:
      return "no-path-timeout";
    case EventKind::paths_back:
      return "paths-back";
    case EventKind::iopolicy_changed:
      return "iopolicy-changed";
    case EventKind::setting_changed:
      return "setting-changed";
    case EventKind::capacity_changed:
      return "capacity-changed";
    case EventKind::identity_mismatch:
      return "identity-mismatch";
    case EventKind::reset_seen:
      return "reset-seen";
    case EventKind::cache_lost:
      return "cache-lost";
    case EventKind::write_abandoned:
      return "write-abandoned";
    case EventKind::ghost_timeout:
      return "ghost-timeout";
    case EventKind::commands_left:
      return "commands-left";
    case EventKind::bad_residual:
      return "bad-residual";
    case EventKind::space_threshold:
      return "space-threshold";
  }
  return "?";
}

}  // namespace scsimpath
