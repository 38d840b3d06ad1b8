// SPDX-License-Identifier: LGPL-2.1-or-later
// How often a head asks its target to make a port group active.
#pragma once

#include <algorithm>
#include <chrono>

#include "scsimpath/runtime.h"

namespace scsimpath {

/// Two hosts with a way to one controller each would take the disk from one another for ever, so
/// each waits twice as long as before until it asks again, up to `longest`; who has not asked for
/// longer than that begins anew. Under the head's lock.
class ActivationPace {
 public:
  static constexpr Duration shortest = std::chrono::seconds(5);
  static constexpr Duration longest = std::chrono::minutes(5);

  [[nodiscard]] bool may_ask(Instant now) const noexcept { return now >= next_; }
  void asked(Instant now) noexcept {
    const bool anew = pause_ == Duration::zero() || now - next_ > longest;
    pause_ = anew ? shortest : std::min(2 * pause_, longest);
    next_ = now + pause_;
  }

 private:
  Duration pause_{};
  Instant next_{};
};

}  // namespace scsimpath
