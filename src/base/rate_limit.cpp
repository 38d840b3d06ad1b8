// SPDX-License-Identifier: LGPL-2.1-or-later
// The token bucket's arithmetic.
#include "rate_limit.h"

#include <algorithm>
#include <utility>

namespace scsimpath {

bool RateLimit::allow(Instant now) noexcept {
  if (tokens_ == burst_) {
    filled_ = now;
  } else if (now > filled_) {
    const auto earned = (now - filled_) / interval_;
    const auto missing = static_cast<std::int64_t>(burst_ - tokens_);
    tokens_ += static_cast<std::uint32_t>(std::min<std::int64_t>(earned, missing));
    filled_ += earned * interval_;
  }
  if (tokens_ == 0) {
    ++refused_;
    return false;
  }
  --tokens_;
  return true;
}

std::uint64_t RateLimit::take_refused() noexcept {
  return std::exchange(refused_, 0);
}

}  // namespace scsimpath
