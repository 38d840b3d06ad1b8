// SPDX-License-Identifier: LGPL-2.1-or-later
// The machine's memory nodes, as sysfs tells of them.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace scsimpath {

/// What the kernel calls the distance of a node to itself.
inline constexpr int local_distance = 10;
/// What it assumes where it knows nothing.
inline constexpr int remote_distance = 20;

struct Topology {
  std::vector<int> nodes;  ///< ascending, never empty
  std::map<std::pair<int, int>, int> distances;

  /// A negative node, one that is not known, counts as near to everything.
  [[nodiscard]] int distance(int a, int b) const noexcept;
};

/// Reads a folder like /sys/devices/system/node; one that tells nothing is the single node 0.
[[nodiscard]] Topology read_topology(const std::string& folder);

/// The node of the CPU that the caller runs on at this moment.
[[nodiscard]] int current_numa_node() noexcept;
[[nodiscard]] int numa_distance(int a, int b) noexcept;
[[nodiscard]] std::vector<int> numa_nodes();

}  // namespace scsimpath
