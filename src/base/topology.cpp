// SPDX-License-Identifier: LGPL-2.1-or-later
// Nodes and their distances from sysfs.
#include "topology.h"

#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>

#include "text.h"

namespace scsimpath {

namespace {

const Topology& machine() noexcept {
  static const Topology topology = read_topology("/sys/devices/system/node");
  return topology;
}

std::vector<int> find_nodes(const std::string& folder) {
  constexpr std::string_view prefix = "node";
  std::vector<int> nodes;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(prefix)) continue;
    if (const auto node = parse_number<int>(std::string_view(name).substr(prefix.size())))
      if (*node >= 0) nodes.push_back(*node);
  }
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

}  // namespace

int Topology::distance(int a, int b) const noexcept {
  if (a < 0 || b < 0 || a == b) return local_distance;
  const auto found = distances.find({a, b});
  return found == distances.end() ? remote_distance : found->second;
}

Topology read_topology(const std::string& folder) {
  Topology topology;
  topology.nodes = find_nodes(folder);
  for (const int from : topology.nodes) {
    std::ifstream file(folder + "/node" + std::to_string(from) + "/distance");
    // One number for each node, in their order.
    for (const int to : topology.nodes) {
      int distance = 0;
      if (!(file >> distance)) break;
      topology.distances[{from, to}] = distance;
    }
  }
  if (topology.nodes.empty()) topology.nodes.push_back(0);
  return topology;
}

int current_numa_node() noexcept {
  unsigned cpu = 0;
  unsigned node = 0;
  return ::getcpu(&cpu, &node) == 0 ? static_cast<int>(node) : 0;
}

int numa_distance(int a, int b) noexcept {
  return machine().distance(a, b);
}

std::vector<int> numa_nodes() {
  return machine().nodes;
}

}  // namespace scsimpath
