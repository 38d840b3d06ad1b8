// SPDX-License-Identifier: LGPL-2.1-or-later
// The one control thread: decisions and timers, nothing that blocks.
#pragma once

#include "mutex.h"
#include "scsimpath/runtime.h"
#include "task_queue.h"
#include "thread.h"
#include "timer_heap.h"

namespace scsimpath {

/// Starts in the constructor (which may throw std::system_error). Timers that are due go before
/// tasks, one at a time in turn.
class ControlThread final : public Executor, public Timers {
 public:
  ControlThread();
  ~ControlThread() override;

  void post(Task& task) noexcept override;
  void arm(Timer& timer, Instant due) noexcept override;
  bool cancel(Timer& timer) noexcept override;

  /// Runs what was posted so far, then ends the thread; timers that are not due never fire, tasks
  /// posted later never run. Not on the control thread itself.
  void stop() noexcept;
  /// Whether the caller is the control thread.
  [[nodiscard]] bool is_current() const noexcept;

 private:
  void loop() noexcept;

  Mutex mutex_;  // innermost: nothing is called with it held
  CondVar changed_;
  TaskQueue tasks_ GUARDED_BY(mutex_);
  TimerHeap timers_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool sleeping_ GUARDED_BY(mutex_) = false;

  Thread thread_;  // last: it uses all the others
};

}  // namespace scsimpath
