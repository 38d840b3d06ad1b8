// SPDX-License-Identifier: LGPL-2.1-or-later
// The intrusive list of tasks.
#include "task_queue.h"

namespace scsimpath {

void TaskQueue::push(Task& task) noexcept {
  task.next = nullptr;
  (last_ == nullptr ? first_ : last_->next) = &task;
  last_ = &task;
}

Task* TaskQueue::pop() noexcept {
  Task* task = first_;
  if (task == nullptr) return nullptr;
  first_ = task->next;
  if (first_ == nullptr) last_ = nullptr;
  return task;
}

}  // namespace scsimpath
