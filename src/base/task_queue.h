// SPDX-License-Identifier: LGPL-2.1-or-later
// The queue of an executor: tasks in the order in which they were posted.
#pragma once

#include "scsimpath/runtime.h"

namespace scsimpath {

/// Not synchronised, but for Task::queued: its user locks.
class TaskQueue {
 public:
  /// Claims the task for a queue; false when it is in one already. Before `push`.
  [[nodiscard]] static bool claim(Task& task) noexcept {
    return !task.queued.exchange(true, std::memory_order_acq_rel);
  }
  void push(Task& task) noexcept;
  /// The oldest, or null. The caller sets it free and runs it outside its lock.
  [[nodiscard]] Task* pop() noexcept;
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

  /// Runs a task that was popped.
  static void run(Task& task) noexcept {
    task.queued.store(false, std::memory_order_release);
    task.run(task);
  }

 private:
  Task* first_ = nullptr;
  Task* last_ = nullptr;
};

}  // namespace scsimpath
