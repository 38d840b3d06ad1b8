// SPDX-License-Identifier: LGPL-2.1-or-later
// A runtime without threads: time stands still until the test moves it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "scsimpath/runtime.h"
#include "task_queue.h"

namespace scsimpath::test {

/// Everything runs in the test's own thread, inside the calls that say so, always in the same
/// order: due timers by deadline (of one deadline in the order they were armed), then control
/// tasks, then worker tasks. It gives up, loudly, when that does not come to an end.
class VirtualRuntime {
 public:
  VirtualRuntime() = default;

  [[nodiscard]] Runtime& runtime() noexcept { return runtime_; }
  [[nodiscard]] Instant now() const noexcept { return clock_.now_; }

  /// Runs what is due, tasks and timers, until nothing is.
  void run_until_idle();
  /// Moves time on, stopping at every deadline in between, and leaves it idle.
  void advance(Duration by);
  /// Runs the next thing that is due; false when there is none.
  bool run_one();

  [[nodiscard]] std::optional<Instant> next_deadline() const;
  [[nodiscard]] std::size_t armed_timers() const noexcept { return timers_.armed_.size(); }
  /// Whether anything waits to run now.
  [[nodiscard]] bool idle() const noexcept;

 private:
  struct VirtualClock final : Clock {
    [[nodiscard]] Instant now() const noexcept override { return now_; }
    // Not zero: a zero Instant means "never" to those who keep one. Hardly more: what was "never"
    // was not long ago when a machine has just started.
    Instant now_{std::chrono::seconds(1)};
  };
  struct VirtualTimers final : Timers {
    void arm(Timer& timer, Instant due) noexcept override;
    bool cancel(Timer& timer) noexcept override;
    std::map<std::pair<Instant, std::size_t>, Timer*> armed_;
    std::size_t sequence_ = 0;
  };
  struct VirtualExecutor final : Executor {
    void post(Task& task) noexcept override;
    bool run_one() noexcept;
    TaskQueue queue_;
  };

  VirtualClock clock_;
  VirtualTimers timers_;
  VirtualExecutor control_;
  VirtualExecutor workers_;
  Runtime runtime_{clock_, timers_, control_, workers_};
};

}  // namespace scsimpath::test
