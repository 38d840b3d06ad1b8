// SPDX-License-Identifier: LGPL-2.1-or-later
// Taking a range of blocks, or a place among those who wait for it; and ranges that are haunted.
#include "range_lock.h"

#include <chrono>

#include "requeue.h"
#include "scsimpath/head_settings.h"

namespace scsimpath {

using Phase = Request::Phase;

namespace {

/// Far enough for somebody who waits without a bound.
constexpr Duration for_ever = std::chrono::hours(24 * 365 * 10);

}  // namespace

RangeLock::RangeLock(Runtime& runtime, Requeue& requeue, Timer::Function ghost_timer,
                     const std::atomic<std::int64_t>& ghost_timeout) noexcept
    : timers_(runtime.timers),
      clock_(runtime.clock),
      requeue_(requeue),
      ghost_timer_(ghost_timer),
      ghost_timeout_(ghost_timeout) {}

bool RangeLock::meets(const List& list, const Request& request, const Request* end) noexcept {
  for (Request* other = list.front(); other != end; other = List::after(*other)) {
    if (overlap(*other, request)) return true;
  }
  return false;
}

bool RangeLock::stands_before_ghosts(const Request& request) const noexcept {
  for (Request* holder = holders_.front(); holder != nullptr; holder = List::after(*holder)) {
    if (holder->progress.ghosts != 0 && overlap(*holder, request)) return true;
  }
  return false;
}

bool RangeLock::acquire(Request& request) noexcept {
  const MutexLock lock(mutex_);
  if (meets(holders_, request, nullptr) || meets(waiters_, request, nullptr)) {
    // Whoever cancels marks the request before it looks here: one of us sees the other.
    if (request.progress.cancelled.load()) return true;
    request.progress.phase.store(Phase::locked_out);
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

bool RangeLock::release(Request& request) noexcept {
  const MutexLock lock(mutex_);
  if (request.progress.ghosts != 0) return false;
  drop(request);
  return true;
}

bool RangeLock::withdraw(Request& request) noexcept {
  const MutexLock lock(mutex_);
  if (request.progress.phase.load() != Phase::locked_out || !stop_timer(request)) return false;
  leave(request);
  return true;
}

void RangeLock::drop(Request& holder) noexcept {
  holders_.remove(holder);
  holder.progress.holds_range = false;
  grant();
}

void RangeLock::leave(Request& waiter) noexcept {
  waiters_.remove(waiter);
  waiter.progress.phase.store(Phase::moving);
  grant();
}

void RangeLock::grant() noexcept {
  for (Request* waiter = waiters_.front(); waiter != nullptr;) {
    Request* const next = List::after(*waiter);
    // An earlier waiter that overlaps goes first.
    if (!meets(holders_, *waiter, nullptr) && !meets(waiters_, *waiter, waiter) &&
        stop_timer(*waiter)) {
      waiters_.remove(*waiter);
      holders_.push_back(*waiter);
      waiter->progress.holds_range = true;
      requeue_.ready(*waiter);
    }
    waiter = next;
  }
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

RangeLock::Laid RangeLock::lay(Request& request) noexcept {
  const MutexLock lock(mutex_);
  if (--request.progress.ghosts != 0) return Laid::others_left;
  if (request.progress.lingers) {
    drop(request);
    return Laid::lingered;
  }
  if (request.progress.phase.load() != Phase::haunted || !stop_timer(request)) {
    return Laid::under_way;
  }
  request.progress.phase.store(Phase::moving);
  return Laid::awaited;
}

bool RangeLock::await(Request& request) noexcept {
  const MutexLock lock(mutex_);
  if (request.progress.ghosts == 0) return false;
  request.progress.phase.store(Phase::haunted);
  // Whoever cancels marks the request before it looks here: one of us sees the other.
  start_timer(request, request.progress.cancelled.load()
                           ? clock_.now()
                           : deadline(request.progress.haunted_since));
  return true;
}

bool RangeLock::recall(Request& request) noexcept {
  const MutexLock lock(mutex_);
  if (request.progress.phase.load() != Phase::haunted || !stop_timer(request)) return false;
  request.progress.phase.store(Phase::moving);
  return true;
}

bool RangeLock::linger(Request& request) noexcept {
  const MutexLock lock(mutex_);
  request.progress.lingers = request.progress.ghosts != 0;
  return request.progress.lingers;
}

RangeLock::Due RangeLock::timer_fired(Request& request, bool answer_now, bool stopping) noexcept {
  const MutexLock lock(mutex_);
  Request::Progress& progress = request.progress;
  progress.timed = false;
  const Instant due = deadline(progress.haunted_since);
  const bool ends_now = stopping || progress.cancelled.load();
  const bool over = ends_now || clock_.now() >= due;
  if (progress.phase.load() == Phase::haunted) {
    if (progress.ghosts != 0 && !over && !answer_now) {
      start_timer(request, due);
      return Due::goes_on;
    }
    progress.phase.store(Phase::moving);
    return progress.ghosts != 0 ? Due::haunted : Due::laid;
  }
  const bool before_ghosts = stands_before_ghosts(request);
  if (ends_now || (before_ghosts && over)) {
    leave(request);
    return Due::behind;
  }
  if (before_ghosts) start_timer(request, due);
  grant();  // which passed it over while this was due
  return Due::goes_on;
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
