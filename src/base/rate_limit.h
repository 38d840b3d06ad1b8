// SPDX-License-Identifier: LGPL-2.1-or-later
// A token bucket: bursts are let through, a steady flood is not.
#pragma once

#include <cstdint>

#include "scsimpath/runtime.h"

namespace scsimpath {

/// Not synchronised: its user locks.
class RateLimit {
 public:
  /// Lets `burst` through at once, and afterwards one each `interval`.
  RateLimit(std::uint32_t burst, Duration interval) noexcept
      : burst_(burst), interval_(interval), tokens_(burst) {}

  [[nodiscard]] bool allow(Instant now) noexcept;
  /// How many were refused since the last call.
  [[nodiscard]] std::uint64_t take_refused() noexcept;

 private:
  const std::uint32_t burst_;
  const Duration interval_;
  std::uint32_t tokens_;
  Instant filled_{};
  std::uint64_t refused_ = 0;
};

}  // namespace scsimpath
