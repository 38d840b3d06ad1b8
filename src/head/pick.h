// SPDX-License-Identifier: LGPL-2.1-or-later
// The I/O policies: pure functions over a view of the paths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "head_path.h"

namespace scsimpath {

inline constexpr std::size_t no_path = std::numeric_limits<std::size_t>::max();

/// What a policy may know of the paths, by their index in the snapshot.
/// `rank(i)` is asked when the path is about to be used, so that a cached choice that has become
/// unusable is never returned; `distance(i)` is from the submitting CPU's node; `load(i)` counts
/// commands in flight on the path's host port.
template <class View>
concept PathView = requires(const View& view, std::size_t i) {
  { view.size() } -> std::convertible_to<std::size_t>;
  { view.rank(i) } -> std::same_as<Rank>;
  { view.distance(i) } -> std::convertible_to<int>;
  { view.load(i) } -> std::convertible_to<std::int32_t>;
};

/// The nearest path of the best rank; the first in order wins ties. `cached` is kept while it is
/// optimized.
template <PathView View>
[[nodiscard]] std::size_t pick_numa(const View& view, std::size_t cached) {
  if (cached < view.size() && view.rank(cached) == Rank::optimized) return cached;
  std::size_t best = no_path;
  Rank best_rank = Rank::unusable;
  int best_distance = std::numeric_limits<int>::max();
  for (std::size_t i = 0; i < view.size(); ++i) {
    const Rank rank = view.rank(i);
    if (rank == Rank::unusable) continue;
    const int distance = view.distance(i);
    if (rank < best_rank || (rank == best_rank && distance < best_distance)) {
      best = i;
      best_rank = rank;
      best_distance = distance;
    }
  }
  return best;
}

/// The first optimized path after `current`, else the first of the best rank after it. Walks each
/// path once, whatever `current` is: it may name a path that is gone.
template <PathView View>
[[nodiscard]] std::size_t pick_round_robin(const View& view, std::size_t current) {
  const std::size_t count = view.size();
  std::size_t best = no_path;
  Rank best_rank = Rank::unusable;
  std::size_t i = current < count ? current : count - 1;
  for (std::size_t walked = 0; walked < count; ++walked) {
    i = i + 1 < count ? i + 1 : 0;
    const Rank rank = view.rank(i);
    if (rank == Rank::optimized) return i;
    if (rank < best_rank) {
      best = i;
      best_rank = rank;
    }
  }
  return best;
}

/// The least loaded host port among the paths of the best rank; an idle optimized one ends the
/// search.
template <PathView View>
[[nodiscard]] std::size_t pick_queue_depth(const View& view) {
  std::size_t best = no_path;
  Rank best_rank = Rank::unusable;
  std::int32_t best_load = std::numeric_limits<std::int32_t>::max();
  for (std::size_t i = 0; i < view.size(); ++i) {
    const Rank rank = view.rank(i);
    if (rank == Rank::unusable || rank > best_rank) continue;
    const std::int32_t load = view.load(i);
    if (rank < best_rank || load < best_load) {
      best = i;
      best_rank = rank;
      best_load = load;
    }
    if (rank == Rank::optimized && load == 0) break;
  }
  return best;
}

}  // namespace scsimpath
