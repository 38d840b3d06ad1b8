// SPDX-License-Identifier: LGPL-2.1-or-later
// How many commands a path takes at once, once it has said that it has no room.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>

#include "scsimpath/runtime.h"

namespace scsimpath {

/// BUSY and TASK SET FULL tell how many commands the device had taken: those beside the one that
/// was refused. That many it is given, and twice as many for each `pause` in which it does not say
/// so again, until that is no bound any more. Any thread; updates that get lost are told again.
class Room {
 public:
  static constexpr Duration pause = std::chrono::seconds(1);

  /// A command was refused while `others` were with the device.
  void shrink(std::int32_t others, Instant now) noexcept {
    const std::int32_t before = limit(now).value_or(std::numeric_limits<std::int32_t>::max());
    most_.store(std::max(1, std::min(others, before)), std::memory_order_relaxed);
    told_.store(now.time_since_epoch().count(), std::memory_order_release);
  }

  /// None: there is no bound.
  [[nodiscard]] std::optional<std::int32_t> limit(Instant now) const noexcept {
    const std::int64_t told = told_.load(std::memory_order_acquire);
    if (told == 0) return {};
    const std::int64_t pauses = (now.time_since_epoch().count() - told) / pause.count();
    if (pauses >= doublings) return {};
    return most_.load(std::memory_order_relaxed) << std::max<std::int64_t>(pauses, 0);
  }

  /// It has said so just now: another path is better.
  [[nodiscard]] bool is_short(Instant now) const noexcept {
    const std::int64_t told = told_.load(std::memory_order_relaxed);
    return told != 0 && now.time_since_epoch().count() < told + pause.count();
  }

 private:
  static constexpr std::int64_t doublings = 12;

  std::atomic<std::int64_t> told_{0};  ///< nanoseconds of the clock, 0: never
  std::atomic<std::int32_t> most_{0};
};

}  // namespace scsimpath
