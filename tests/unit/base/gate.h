// SPDX-License-Identifier: LGPL-2.1-or-later
// Waiting for other threads without sleeping.
#pragma once

#include "mutex.h"

namespace scsimpath::test {

/// Counts up; `wait_for` returns when the count was reached.
class Gate {
 public:
  void arrive() {
    MutexLock lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  void wait_for(unsigned count) {
    MutexLock lock(mutex_);
    while (count_ < count) changed_.wait(lock);
  }
  [[nodiscard]] unsigned count() {
    MutexLock lock(mutex_);
    return count_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  unsigned count_ GUARDED_BY(mutex_) = 0;
};

}  // namespace scsimpath::test
