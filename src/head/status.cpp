// SPDX-License-Identifier: LGPL-2.1-or-later
// Everything known of a head, for people and programs.
#include <algorithm>

#include "core.h"
#include "explain.h"
#include "topology.h"

namespace scsimpath {
namespace {

/// The nodes whose cached path is the one at `index`.
std::vector<int> nodes_of(const PathSet& set, std::size_t index) {
  std::vector<int> nodes;
  if (set.policy != IoPolicy::numa) return nodes;
  for (const int node : numa_nodes()) {
    const auto slot = static_cast<std::size_t>(node) % PathSet::nodes;
    if (set.nearest[slot].load(std::memory_order_relaxed) == index) nodes.push_back(node);
  }
  return nodes;
}

PathStatus status_of(const Path& path, Instant now) {
  PathStatus status;
  status.name = path.info.name;
  status.device = path.info.device;
  status.state = path.state.load();
  status.access_state = path.access.load();
  status.usable = path.rank(now) != Rank::unusable;
  status.has_faults = path.transport->faults() != nullptr;
  status.target_port_group = path.target_port_group;
  status.numa_node = path.info.numa_node;
  status.in_flight = path.in_flight.load(std::memory_order_relaxed);
  status.abandoned = path.abandoned.load(std::memory_order_relaxed);
  status.queue_depth = path.port->in_flight.load(std::memory_order_relaxed);
  status.latency_us = path.latency_us.load(std::memory_order_relaxed);
  if (status.state == PathState::running && path.record.is_on_probation(now)) {
    status.probation_s = std::chrono::duration<double>(path.record.left(now)).count();
  }
  status.in_flight_limit = path.room.limit(now);
  if (path.stuck_since != Instant{}) {
    status.stuck_s = std::chrono::duration<double>(now - path.stuck_since).count();
  }
  status.commands = path.commands.load(std::memory_order_relaxed);
  status.read_bytes = path.read_bytes.load(std::memory_order_relaxed);
  status.write_bytes = path.write_bytes.load(std::memory_order_relaxed);
  status.errors = path.errors.load(std::memory_order_relaxed);
  status.timeouts = path.timeouts.load(std::memory_order_relaxed);
  status.carries_writes = path.distrusted.empty();
  status.reason = path.reason.empty() ? path.distrusted : path.reason;
  return status;
}

}  // namespace

Geometry HeadCore::geometry() const noexcept {
  const PathFacts& facts = parts_.facts;
  Geometry geometry;
  geometry.block_size = facts.identity.block_size;
  geometry.size = blocks_.load(std::memory_order_acquire) * geometry.block_size;
  geometry.max_transfer = max_transfer_.load(std::memory_order_relaxed);
  geometry.optimal_transfer = facts.optimal_transfer * geometry.block_size;
  geometry.allocated =
      std::min(used_blocks_.load(std::memory_order_relaxed), geometry.size / geometry.block_size) *
      geometry.block_size;
  geometry.read_only = facts.read_only;
  return geometry;
}

HeadStatus HeadCore::status() const {
  const Instant now = runtime().clock.now();
  HeadStatus status;
  status.name = name();
  status.wwid = identity().wwid;
  status.vendor = identity().vendor;
  status.product = identity().product;
  status.serial = identity().serial;
  status.geometry = geometry();
  status.held = held_.load(std::memory_order_relaxed);
  status.counters = {.reads = reads_.value(),
                     .writes = writes_.value(),
                     .flushes = flushes_.value(),
                     .unmaps = unmaps_.value(),
                     .read_bytes = read_bytes_.value(),
                     .write_bytes = write_bytes_.value(),
                     .failovers = failovers_.load(),
                     .requeues = requeues_.load(),
                     .retries = retries_.load(),
                     .errors = errors_.load(),
                     .cache_losses = cache_losses()};
  const MutexLock lock(mutex_);
  status.settings = settings_;
  const PathSet& set = *path_set_.load();  // writers are kept out by the lock
  status.ghosts = ghosts_.load(std::memory_order_relaxed);
  status.holds_writes = holds_writes_.load();
  const int node = current_numa_node();
  const Choice next{set.peek(node, now, 0),
                    status.holds_writes ? nullptr : set.peek(node, now, set.distrusted)};
  if (next.read != nullptr) status.next_path = next.read->info.name;
  if (next.write != nullptr) status.next_write_path = next.write->info.name;
  bool all_well = status.ghosts == 0 && !status.holds_writes && set.distrusted == 0;
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    PathStatus path = status_of(*paths_[i], now);
    path.numa_nodes = nodes_of(set, i);
    path.use = explain_use(*paths_[i], next, settings_.iopolicy, now);
    status.paths_usable += path.usable ? 1 : 0;
    status.in_flight += static_cast<std::uint64_t>(std::max(path.in_flight - path.abandoned, 0));
    all_well = all_well && (path.state == PathState::running || path.state == PathState::ghost);
    status.paths.push_back(std::move(path));
  }
  for (const Removal& removal : removals_) {
    status.in_flight += static_cast<std::uint64_t>(std::max(removal.path->in_flight.load(), 0));
  }
  if (status.paths_usable != 0) {
    status.state = all_well ? HeadState::ok : HeadState::degraded;
  } else {
    status.state = failing_.load() ? HeadState::failed : HeadState::holding;
    if (!failing_.load() && settings_.no_path_timeout != HeadSettings::forever) {
      const Duration left = no_path_since_ + settings_.no_path_timeout - now;
      status.no_path_deadline_s = std::max(0.0, std::chrono::duration<double>(left).count());
    }
  }
  return status;
}

}  // namespace scsimpath
