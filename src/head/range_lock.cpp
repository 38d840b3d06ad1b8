// SPDX-License-Identifier: LGPL-2.1-or-later
// Taking a range of blocks, or a place among those who wait for it; and ranges that are haunted.
#include "range_lock.h"

#include <chrono>

#include "scsimpath/head_settings.h"

namespace scsimpath {

namespace {

/// Far enough for somebody who waits without a bound.
constexpr Duration for_ever = std::chrono::hours(24 * 365 * 10);

}  // namespace

bool RangeLock::meets(const List& list, const Request& request, const Request* end) noexcept {
  for (Request* other = list.front(); other != end; other = List::after(*other)) {
    if (overlap(*other, request)) return true;
  }
  return false;
}

bool RangeLock::acquire(Request& request) noexcept {
  const MutexLock lock(mutex_);
  if (meets(holders_, request, nullptr) || meets(waiters_, request, nullptr)) {
    // Whoever cancels marks the request before it looks here: one of us sees the other.
    if (request.progress.cancelled.load()) return true;
    request.progress.phase.store(Request::Phase::locked_out);
    waiters_.push_back(request);
    if (stands_before_ghosts(request)) {
      request.progress.haunted_since = clock_.now();
      start_timer(request, deadline(request.progress.haunted_since));
    }
    return false;
  }
  request.progress.holds_range = true;
  holders_.push_back(request);
  return true;
}

bool RangeLock::stands_before_ghosts(const Request& request) const noexcept {
  for (Request* holder = holders_.front(); holder != nullptr; holder = List::after(*holder)) {
    if (holder->progress.ghosts != 0 && overlap(*holder, request)) return true;
  }
  return false;
}

Instant RangeLock::deadline(Instant since) const noexcept {
  const Duration bound(ghost_timeout_.load(std::memory_order_relaxed));
  return since + (bound == HeadSettings::forever ? for_ever : bound);
}

void RangeLock::start_timer(Request& request, Instant due) noexcept {
  request.retry_timer.fire = ghost_timer_;
  request.progress.timed = true;
  timers_.arm(request.retry_timer, due);
}

bool RangeLock::stop_timer(Request& request) noexcept {
  if (request.progress.timed && !timers_.cancel(request.retry_timer)) return false;
  request.progress.timed = false;
  return true;
}

bool RangeLock::haunt(Request& request) noexcept {
  const MutexLock lock(mutex_);
  if (++request.progress.ghosts != 1) return false;
  const Instant now = clock_.now();
  request.progress.haunted_since = now;
  for (Request* waiter = waiters_.front(); waiter != nullptr; waiter = List::after(*waiter)) {
    if (waiter->progress.timed || !overlap(*waiter, request)) continue;
    waiter->progress.haunted_since = now;
    start_timer(*waiter, deadline(now));
  }
  return true;
}

bool RangeLock::await(Request& request) noexcept {
  const MutexLock lock(mutex_);
  if (request.progress.ghosts == 0) return false;
  request.progress.phase.store(Request::Phase::haunted);
  // Whoever cancels marks the request before it looks here: one of us sees the other.
  start_timer(request, request.progress.cancelled.load()
                           ? clock_.now()
                           : deadline(request.progress.haunted_since));
  return true;
}

bool RangeLock::linger(Request& request) noexcept {
  const MutexLock lock(mutex_);
  request.progress.lingers = request.progress.ghosts != 0;
  return request.progress.lingers;
}

bool RangeLock::recall(Request& request) noexcept {
  const MutexLock lock(mutex_);
  if (request.progress.phase.load() != Request::Phase::haunted || !stop_timer(request)) {
    return false;
  }
  request.progress.phase.store(Request::Phase::moving);
  return true;
}

void RangeLock::reconsider(bool everybody) noexcept {
  const MutexLock lock(mutex_);
  const Instant now = clock_.now();
  for (Request* waiter = waiters_.front(); waiter != nullptr && everybody;
       waiter = List::after(*waiter)) {
    if (!waiter->progress.timed) start_timer(*waiter, now);
  }
  for (List* const list : {&holders_, &waiters_}) {
    for (Request* each = list->front(); each != nullptr; each = List::after(*each)) {
      // One that is firing decides anew anyway.
      if (each->progress.timed && timers_.cancel(each->retry_timer)) {
        timers_.arm(each->retry_timer, now);
      }
    }
  }
}

}  // namespace scsimpath
