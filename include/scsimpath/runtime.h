// SPDX-License-Identifier: LGPL-2.1-or-later
// The core's only view of time and threads; tests and the simulation inject their own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>

namespace scsimpath {

using Duration = std::chrono::nanoseconds;
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// Monotonic time. Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const noexcept = 0;
};

/// Something to run once on an executor's thread. Owned by whoever posts it; it must stay alive
/// until it ran. `run` may post the same task again, or destroy it.
struct Task {
  using Function = void (*)(Task&) noexcept;
  explicit Task(Function function) noexcept : run(function) {}
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  Function run;

  // The executor's, while the task is queued.
  Task* next = nullptr;
  std::atomic<bool> queued{false};
};

/// Runs tasks on threads of its own, first in first out. Never in the poster's call.
class Executor {
 public:
  virtual ~Executor() = default;
  /// Any thread, also with locks held: takes no lock but its own, allocates nothing. A task that is
  /// queued already is left where it is. `queued` is cleared before the task runs, so that a post
  /// during the run makes it run again.
  virtual void post(Task& task) noexcept = 0;
};

/// One deadline. Owned by whoever arms it.
struct Timer {
  using Function = void (*)(Timer&) noexcept;
  explicit Timer(Function function) noexcept : fire(function) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  Function fire;

  // The timers', while the timer is armed.
  static constexpr std::size_t idle = static_cast<std::size_t>(-1);
  Instant due{};
  std::size_t slot = idle;
};

/// Fires timers on the control thread, in the order of their deadlines.
class Timers {
 public:
  virtual ~Timers() = default;
  /// Any thread. Arming an armed timer moves it. A deadline in the past fires as soon as may be,
  /// never inside this call.
  virtual void arm(Timer& timer, Instant due) noexcept = 0;
  /// Any thread. True when the timer was armed and will not fire. False when it was idle or its
  /// function has begun, perhaps still runs: only the control thread knows then that it is over.
  virtual bool cancel(Timer& timer) noexcept = 0;
};

/// What the core runs on. All members outlive every user.
///
/// - `control`: the one control thread, also the thread that fires timers. Nothing on it may block.
/// - `workers`: a few threads that carry I/O: the requeue's drain, delayed retries, checks.
struct Runtime {
  Clock& clock;
  Timers& timers;
  Executor& control;
  Executor& workers;
};

}  // namespace scsimpath
