// SPDX-License-Identifier: LGPL-2.1-or-later
// A runtime whose threads take turns as a seed decides, in virtual time.
#pragma once

#include <cstddef>
#include <deque>

#include "random.h"
#include "scsimpath/runtime.h"
#include "timer_heap.h"

namespace scsimpath::sim {

/// The control thread, four workers, and the world outside: whatever is due in one of them may run
/// next. A thread that says `yield` lets others run meanwhile, as a real one does that is
/// preempted or blocks. Time goes on when nothing is left to do at this moment, and now and then
/// before that.
class SimRuntime {
 public:
  SimRuntime(Random& random, Instant begin);

  [[nodiscard]] Runtime& runtime() noexcept { return runtime_; }
  [[nodiscard]] Instant now() const noexcept { return clock_.now_; }

  /// Events of the world outside: devices, users.
  void arm(Timer& timer, Instant due) noexcept { outside_.arm(timer, due); }
  void cancel(Timer& timer) noexcept { (void)outside_.cancel(timer); }

  /// Runs whatever happens up to then.
  void run_until(Instant end);
  void run_for(Duration time) { run_until(now() + time); }
  /// Other threads run for a moment.
  void yield();

 private:
  static constexpr unsigned worker_count = 4;
  static constexpr unsigned deepest = 3;

  struct VirtualClock final : Clock {
    [[nodiscard]] Instant now() const noexcept override { return now_; }
    // Not zero: a zero Instant means "never" to those who keep one.
    Instant now_{};
  };
  struct VirtualTimers final : Timers {
    void arm(Timer& timer, Instant due) noexcept override { (void)heap.arm(timer, due); }
    bool cancel(Timer& timer) noexcept override { return heap.cancel(timer); }
    TimerHeap heap;
  };
  struct VirtualExecutor final : Executor {
    void post(Task& task) noexcept override;
    std::deque<Task*> tasks;
  };

  bool step();
  void run_control();
  void run_worker();
  [[nodiscard]] bool is_due(const TimerHeap& heap) const noexcept;

  Random& random_;
  VirtualClock clock_;
  VirtualTimers timers_;
  VirtualExecutor control_;
  VirtualExecutor workers_;
  TimerHeap outside_;
  Runtime runtime_{clock_, timers_, control_, workers_};
  bool control_busy_ = false;
  unsigned workers_busy_ = 0;
  unsigned depth_ = 0;
};

}  // namespace scsimpath::sim
