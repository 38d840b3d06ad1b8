// SPDX-License-Identifier: LGPL-2.1-or-later
// Armed timers in the order of their deadlines.
#pragma once

#include <cstddef>
#include <vector>

#include "scsimpath/runtime.h"

namespace scsimpath {

/// A binary heap; timers of one deadline come out in any order. Not synchronised: its user locks.
class TimerHeap {
 public:
  TimerHeap() { heap_.reserve(reserve); }

  /// Inserts the timer or moves it. True when it is now the earliest.
  bool arm(Timer& timer, Instant due) noexcept;
  /// True when it was armed.
  bool cancel(Timer& timer) noexcept;
  /// The earliest timer, or null.
  [[nodiscard]] Timer* earliest() const noexcept { return heap_.empty() ? nullptr : heap_.front(); }
  [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }

 private:
  static constexpr std::size_t reserve = 4096;

  void rise(std::size_t slot) noexcept;
  void sink(std::size_t slot) noexcept;
  void place(Timer& timer, std::size_t slot) noexcept;

  std::vector<Timer*> heap_;
};

}  // namespace scsimpath
