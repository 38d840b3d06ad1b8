// SPDX-License-Identifier: LGPL-2.1-or-later
// A list linked through the requests.
#include "backlog.h"

namespace scsimpath::fuse {

void Backlog::push(IoRequest& request) noexcept {
  const MutexLock lock(mutex_);
  request.next_queued = nullptr;
  (first_ == nullptr ? first_ : last_->next_queued) = &request;
  last_ = &request;
  changed_.notify_one();
}

IoRequest* Backlog::pop() noexcept {
  MutexLock lock(mutex_);
  while (first_ == nullptr) {
    if (closed_) return nullptr;
    changed_.wait(lock);
  }
  IoRequest* request = first_;
  first_ = request->next_queued;
  return request;
}

bool Backlog::remove(IoRequest& request) noexcept {
  const MutexLock lock(mutex_);
  IoRequest* before = nullptr;
  for (IoRequest* here = first_; here != nullptr; before = here, here = here->next_queued) {
    if (here != &request) continue;
    (before == nullptr ? first_ : before->next_queued) = here->next_queued;
    if (last_ == here) last_ = before;
    return true;
  }
  return false;
}

void Backlog::close() noexcept {
  const MutexLock lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

}  // namespace scsimpath::fuse
