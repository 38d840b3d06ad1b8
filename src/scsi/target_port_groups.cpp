// SPDX-License-Identifier: LGPL-2.1-or-later
// REPORT TARGET PORT GROUPS: the access state of every port group of a logical unit.
#include "target_port_groups.h"

#include <scsi/sg_unaligned.h>

#include <algorithm>
#include <cerrno>

namespace scsimpath::scsi {
namespace {

/// Only values the standard defines; all else is unknown.
AccessState to_access_state(std::uint8_t value) noexcept {
  const auto state = static_cast<AccessState>(value);
  switch (state) {
    case AccessState::optimized:
    case AccessState::non_optimized:
    case AccessState::standby:
    case AccessState::unavailable:
    case AccessState::lba_dependent:
    case AccessState::offline:
    case AccessState::transitioning:
      return state;
    case AccessState::unknown:
      break;
  }
  return AccessState::unknown;
}

}  // namespace

const TargetPortGroup* TargetPortGroups::find(std::uint16_t group) const noexcept {
  const auto found = std::ranges::find(groups, group, &TargetPortGroup::group);
  return found == groups.end() ? nullptr : &*found;
}

Result<TargetPortGroups> parse_target_port_groups(ConstBytes bytes) {
  constexpr std::size_t length_field = 4;
  constexpr std::size_t extended_header = 4;
  constexpr std::size_t group_header = 8;
  constexpr std::size_t port_size = 4;

  if (bytes.size() < length_field) {
    return fail(EPROTO, "REPORT TARGET PORT GROUPS data without a header");
  }
  TargetPortGroups answer;
  answer.needed = length_field + std::size_t{sg_get_unaligned_be32(bytes.data())};
  ConstBytes rest = bytes.first(std::min(bytes.size(), answer.needed)).subspan(length_field);

  // Without the header these three bits are reserved bits of the first group.
  if (rest.size() >= extended_header && (rest[0] & 0x70) == 0x10) {
    if (rest[1] != 0) answer.transition_time = std::chrono::seconds(rest[1]);
    rest = rest.subspan(extended_header);
  }
  while (rest.size() >= group_header) {
    const std::size_t ports = rest[7];
    // Linux' own target leaves the extended header out of the length it tells, which cuts the last
    // group's ports off: its state is there all the same.
    const std::size_t size = std::min(group_header + ports * port_size, rest.size());
    TargetPortGroup group{
        .group = sg_get_unaligned_be16(&rest[2]),
        .state = to_access_state(rest[0] & 0x0f),
        .preferred = (rest[0] & 0x80) != 0,
        .ports = {},
    };
    for (std::size_t at = group_header; at + port_size <= size; at += port_size) {
      group.ports.push_back(sg_get_unaligned_be16(&rest[at + 2]));
    }
    answer.groups.push_back(std::move(group));
    rest = rest.subspan(size);
  }
  return answer;
}

}  // namespace scsimpath::scsi
