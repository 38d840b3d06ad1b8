// SPDX-License-Identifier: LGPL-2.1-or-later
// Applies the head's policy to the snapshot.
#include "path_set.h"

#include <algorithm>

#include "pick.h"
#include "topology.h"

namespace scsimpath {
namespace {

/// The snapshot as policies see it.
class View {
 public:
  View(const PathSet& set, int node, Instant now, std::uint64_t avoid) noexcept
      : set_(set), node_(node), now_(now), avoid_(avoid) {}

  [[nodiscard]] std::size_t size() const noexcept { return set_.paths.size(); }
  [[nodiscard]] Rank rank(std::size_t i) const noexcept {
    const Path& path = *set_.paths[i];
    return (path.bit() & avoid_) != 0 ? Rank::unusable : path.rank(now_);
  }
  /// A path without a node counts as near.
  [[nodiscard]] int distance(std::size_t i) const noexcept {
    const int node = set_.paths[i]->info.numa_node;
    return numa_distance(node_, node);
  }
  [[nodiscard]] std::int32_t load(std::size_t i) const noexcept {
    return set_.paths[i]->port->in_flight.load(std::memory_order_relaxed);
  }

 private:
  const PathSet& set_;
  int node_;
  Instant now_;
  std::uint64_t avoid_;
};

}  // namespace

std::size_t PathSet::pick(int node, Instant now, std::uint64_t avoid) const noexcept {
  const View view(*this, node, now, avoid);
  switch (policy) {
    case IoPolicy::numa:
      return pick_numa(
          view, nearest[static_cast<std::size_t>(node) % nodes].load(std::memory_order_relaxed));
    case IoPolicy::round_robin:
      return pick_round_robin(view, current.load(std::memory_order_relaxed));
    case IoPolicy::queue_depth:
      return pick_queue_depth(view);
  }
  return no_path;
}

Path* PathSet::choose(int node, Instant now, std::uint64_t avoid) const noexcept {
  const std::size_t chosen = pick(node, now, avoid);
  if (policy == IoPolicy::numa && avoid == 0) {
    std::atomic<std::size_t>& cached = nearest[static_cast<std::size_t>(node) % nodes];
    if (cached.load(std::memory_order_relaxed) != chosen) {
      cached.store(chosen, std::memory_order_relaxed);
    }
  }
  if (chosen == no_path) return nullptr;
  if (policy == IoPolicy::round_robin) current.store(chosen, std::memory_order_relaxed);
  return paths[chosen].get();
}

Path* PathSet::peek(int node, Instant now, std::uint64_t avoid) const noexcept {
  const std::size_t chosen = pick(node, now, avoid);
  return chosen == no_path ? nullptr : paths[chosen].get();
}

bool PathSet::any_coming_back(std::uint64_t avoid) const noexcept {
  return std::ranges::any_of(paths, [&](const auto& path) {
    return (path->bit() & avoid) == 0 && path->is_coming_back();
  });
}

bool PathSet::any_usable(Instant now, std::uint64_t avoid) const noexcept {
  for (const auto& path : paths) {
    if ((path->bit() & avoid) == 0 && path->rank(now) != Rank::unusable) return true;
  }
  return false;
}

}  // namespace scsimpath
