// SPDX-License-Identifier: LGPL-2.1-or-later
// REPORT TARGET PORT GROUPS: the access state of every port group of a logical unit.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "scsimpath/bytes.h"
#include "scsimpath/path.h"
#include "scsimpath/result.h"

namespace scsimpath::scsi {

struct TargetPortGroup {
  std::uint16_t group = 0;
  /// `unknown` when the target sent a value that has no meaning; never optimized by accident.
  AccessState state = AccessState::unknown;
  bool preferred = false;
  std::vector<std::uint16_t> ports;  ///< relative target port identifiers
};

struct TargetPortGroups {
  static constexpr std::chrono::seconds default_transition_time{60};

  /// How long a transition may last; the default when the target does not say.
  std::chrono::seconds transition_time = default_transition_time;
  std::vector<TargetPortGroup> groups;
  /// The bytes the whole answer takes. More than was asked for: ask again with this much.
  std::size_t needed = 0;

  [[nodiscard]] const TargetPortGroup* find(std::uint16_t group) const noexcept;
};

/// With the extended header and without; the answer says which. A cut answer yields the groups
/// whose state is there. An error only when there is not even a header.
[[nodiscard]] Result<TargetPortGroups> parse_target_port_groups(ConstBytes bytes);

}  // namespace scsimpath::scsi
