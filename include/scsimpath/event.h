// SPDX-License-Identifier: LGPL-2.1-or-later
// What happens to heads and paths, told to whoever wants to know.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scsimpath/path.h"
#include "scsimpath/reason.h"

namespace scsimpath {

enum class EventKind : std::uint8_t {
  head_added,
  head_removed,
  path_added,
  path_removed,
  path_failed,
  path_reinstated,
  path_offline,
  path_state_changed,
  path_demoted,
  access_state_changed,
  group_activation,
  no_path,
  no_path_timeout,
  paths_back,
  iopolicy_changed,
  setting_changed,
  capacity_changed,
  identity_mismatch,
  reset_seen,
  cache_lost,
  write_abandoned,
  ghost_timeout,
  commands_left,
  bad_residual,
  space_threshold,
};

/// `no-path`, `path-failed`, …
[[nodiscard]] std::string_view to_string(EventKind kind) noexcept;

struct Event {
  EventKind kind;
  std::string head;    ///< the head's name
  std::string path;    ///< the path's name, empty when it is about the head
  std::string reason;  ///< for people, may be empty
  /// Of path-failed, path-reinstated, path-offline and path-state-changed, one of which tells every
  /// change of a path's state: what it is now.
  std::optional<PathState> state{};
  std::optional<CommandEnd> end{};  ///< of the command that was the cause
};

/// Takes events. Any thread, also with the head's lock held: must neither block nor call back into
/// a head or the registry.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void publish(const Event& event) noexcept = 0;
};

}  // namespace scsimpath
