// SPDX-License-Identifier: LGPL-2.1-or-later
// Delta debugging (Zeller, Hildebrandt 2002) over the steps of a schedule.
#include "shrink.h"

#include <algorithm>

#include "simulation.h"

namespace scsimpath::sim {
namespace {

constexpr std::uint64_t seeds_to_try = 6;

/// With fewer steps the interleavings are others: some seed may show the fault again.
bool fails(Schedule& schedule) {
  const std::uint64_t seed = schedule.seed;
  for (std::uint64_t i = 0; i < seeds_to_try; ++i) {
    schedule.seed = seed + i * 2;  // evenness is a property of the disk
    if (!run(schedule).good()) return true;
  }
  schedule.seed = seed;
  return false;
}

}  // namespace

Schedule shrink(Schedule schedule) {
  for (std::size_t chunk = std::max<std::size_t>(schedule.steps.size() / 2, 1);; chunk /= 2) {
    bool smaller = true;
    while (smaller) {
      smaller = false;
      for (std::size_t at = 0; at < schedule.steps.size();) {
        Schedule candidate = schedule;
        const auto begin = candidate.steps.begin() + static_cast<std::ptrdiff_t>(at);
        const std::size_t count = std::min(chunk, candidate.steps.size() - at);
        candidate.steps.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
        if (fails(candidate)) {
          schedule = std::move(candidate);
          smaller = true;
        } else {
          at += chunk;
        }
      }
    }
    if (chunk == 1) return schedule;
  }
}

}  // namespace scsimpath::sim
