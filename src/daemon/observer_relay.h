// SPDX-License-Identifier: LGPL-2.1-or-later
// The registry wants its observer before the file system that observes can be made.
#pragma once

#include "mutex.h"
#include "scsimpath/registry.h"

namespace scsimpath::daemon {

/// Hands on to the observer of the moment; without one nothing is lost, for a file system that is
/// mounted later shows the heads there are.
class ObserverRelay final : public HeadObserver {
 public:
  /// Once this returns the former one is not called any more.
  void set(HeadObserver* observer) {
    const MutexLock lock(mutex_);
    observer_ = observer;
  }

  void head_added(const std::shared_ptr<Head>& head) override {
    const MutexLock lock(mutex_);
    if (observer_ != nullptr) observer_->head_added(head);
  }
  void head_resized(const std::shared_ptr<Head>& head) override {
    const MutexLock lock(mutex_);
    if (observer_ != nullptr) observer_->head_resized(head);
  }
  void head_removed(const std::shared_ptr<Head>& head) override {
    const MutexLock lock(mutex_);
    if (observer_ != nullptr) observer_->head_removed(head);
  }
  bool in_use(const Head& head) override {
    const MutexLock lock(mutex_);
    return observer_ != nullptr && observer_->in_use(head);
  }

 private:
  Mutex mutex_;  // held while the observer is called
  HeadObserver* observer_ GUARDED_BY(mutex_) = nullptr;
};

}  // namespace scsimpath::daemon
