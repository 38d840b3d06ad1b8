// SPDX-License-Identifier: LGPL-2.1-or-later
// The immutable snapshot of a head's paths and policy that submitters read without a lock.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "head_path.h"
#include "scsimpath/iopolicy.h"

namespace scsimpath {

/// Published through RCU: a writer makes a new one, exchanges the pointer, waits for the readers
/// and deletes the old one. The cached choices are hints: stale or lost updates cost a search.
struct PathSet {
  static constexpr std::size_t nodes = 16;

  IoPolicy policy = IoPolicy::numa;
  std::vector<std::shared_ptr<Path>> paths;
  std::uint64_t distrusted = 0;  ///< paths that carry none, as bits

  mutable std::array<std::atomic<std::size_t>, nodes> nearest;  ///< by NUMA node, modulo
  mutable std::atomic<std::size_t> current;                     ///< round-robin's last choice

  /// The index of the path, `no_path` where there is none.
  [[nodiscard]] std::size_t pick(int node, Instant now, std::uint64_t avoid) const noexcept;

  PathSet() noexcept : current(static_cast<std::size_t>(-1)) {
    for (auto& choice : nearest) choice.store(static_cast<std::size_t>(-1));
  }

  /// The path for a command submitted on `node` now, or null. Paths whose bit is in `avoid` count
  /// as unusable.
  [[nodiscard]] Path* choose(int node, Instant now, std::uint64_t avoid) const noexcept;
  /// The same without taking a turn.
  [[nodiscard]] Path* peek(int node, Instant now, std::uint64_t avoid) const noexcept;
  [[nodiscard]] bool any_usable(Instant now, std::uint64_t avoid) const noexcept;
  /// One that will be usable, or not, by itself: Path::is_coming_back.
  [[nodiscard]] bool any_coming_back(std::uint64_t avoid) const noexcept;
};

}  // namespace scsimpath
