// SPDX-License-Identifier: LGPL-2.1-or-later
// Parking, kicking and draining.
#include "requeue.h"

namespace scsimpath {

Requeue::Drain::Drain(Requeue& requeue) noexcept
    : Task([](Task& task) noexcept { static_cast<Drain&>(task).owner.drain(); }), owner(requeue) {}

Requeue::Requeue(HeadCore& head, Executor& workers, Carry carry) noexcept
    : head_(head), workers_(workers), carry_(carry), drain_(*this) {}

void Requeue::park(Request& request, std::uint64_t kicks_seen) noexcept {
  {
    const MutexLock lock(mutex_);
    request.progress.phase.store(Request::Phase::parked);
    request.progress.ready = false;
    waiting_.push_back(request);
    // Whoever cancels marks the request before it looks here: one of us sees the other.
    if (kicks_.load() == kicks_seen && !request.progress.cancelled.load()) return;
    make_all_ready();
  }
  workers_.post(drain_);
}

void Requeue::ready(Request& request) noexcept {
  {
    const MutexLock lock(mutex_);
    request.progress.phase.store(Request::Phase::parked);
    request.progress.ready = true;
    ready_.push_back(request);
  }
  workers_.post(drain_);
}

void Requeue::kick() noexcept {
  kicks_.fetch_add(1);
  {
    const MutexLock lock(mutex_);
    if (waiting_.empty()) return;
    make_all_ready();
  }
  workers_.post(drain_);
}

void Requeue::make_all_ready() noexcept {
  while (Request* const request = waiting_.pop_front()) {
    request->progress.ready = true;
    ready_.push_back(*request);
  }
}

bool Requeue::withdraw(Request& request) noexcept {
  const MutexLock lock(mutex_);
  if (request.progress.phase.load() != Request::Phase::parked) return false;
  (request.progress.ready ? ready_ : waiting_).remove(request);
  request.progress.phase.store(Request::Phase::moving);
  return true;
}

void Requeue::drain() noexcept {
  for (bool first = true;; first = false) {
    Request* request = nullptr;
    {
      const MutexLock lock(mutex_);
      // Whoever drains already will see all that is ready.
      if (first && draining_) return;
      request = ready_.pop_front();
      draining_ = request != nullptr;
      if (request == nullptr) return;
      request->progress.phase.store(Request::Phase::moving);
    }
    carry_(head_, *request);
  }
}

}  // namespace scsimpath
