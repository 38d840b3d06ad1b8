// SPDX-License-Identifier: LGPL-2.1-or-later
// Numbers that follow from a seed, the same on every machine.
#pragma once

#include <chrono>
#include <cstdint>

#include "scsimpath/runtime.h"

namespace scsimpath::sim {

/// splitmix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }
  /// In [0, count).
  std::uint64_t below(std::uint64_t count) noexcept { return next() % count; }
  bool one_in(std::uint64_t count) noexcept { return below(count) == 0; }
  bool percent(unsigned chance) noexcept { return below(100) < chance; }
  /// In [low, high].
  std::uint64_t between(std::uint64_t low, std::uint64_t high) noexcept {
    return low + below(high - low + 1);
  }
  Duration duration(Duration low, Duration high) noexcept {
    return Duration(static_cast<Duration::rep>(between(static_cast<std::uint64_t>(low.count()),
                                                       static_cast<std::uint64_t>(high.count()))));
  }
  template <class List>
  auto& pick(List& list) noexcept {
    return list[below(list.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace scsimpath::sim
