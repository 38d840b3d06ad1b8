// SPDX-License-Identifier: LGPL-2.1-or-later
// A few threads that carry I/O.
#pragma once

#include <vector>

#include "mutex.h"
#include "scsimpath/runtime.h"
#include "task_queue.h"
#include "thread.h"

namespace scsimpath {

/// First in first out over all threads. A task that is posted again while it runs may run on two
/// threads at once. Starts in the constructor, which may throw std::system_error.
class WorkerPool final : public Executor {
 public:
  explicit WorkerPool(unsigned threads);
  ~WorkerPool() override;

  void post(Task& task) noexcept override;

  /// Runs what was posted so far, then ends the threads; tasks posted later never run. Not on one
  /// of its threads.
  void stop() noexcept;

 private:
  void loop() noexcept;

  Mutex mutex_;  // innermost: nothing is called with it held
  CondVar changed_;
  TaskQueue tasks_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  unsigned idle_ GUARDED_BY(mutex_) = 0;

  std::vector<Thread> threads_;  // last: they use all the others
};

}  // namespace scsimpath
