// SPDX-License-Identifier: LGPL-2.1-or-later
// A counter that many threads add to without sharing a cache line.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace scsimpath {

/// Any thread. A value read while others add is one that the counter had, give or take theirs.
class StripedCounter {
 public:
  void add(std::uint64_t n = 1) noexcept {
    stripes_[this_stripe()].value.fetch_add(n, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const noexcept {
    std::uint64_t sum = 0;
    for (const Stripe& stripe : stripes_) sum += stripe.value.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  static constexpr std::size_t count = 8;
  struct alignas(64) Stripe {
    std::atomic<std::uint64_t> value{0};
  };

  /// Threads are dealt out to the stripes in turn.
  static std::size_t this_stripe() noexcept {
    thread_local const std::size_t stripe = next_.fetch_add(1, std::memory_order_relaxed) % count;
    return stripe;
  }

  static inline std::atomic<std::size_t> next_{0};
  std::array<Stripe, count> stripes_{};
};

}  // namespace scsimpath
