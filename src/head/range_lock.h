// SPDX-License-Identifier: LGPL-2.1-or-later
// Keeps overlapping writes of a head apart: never two in flight, never one beside a late attempt.
#pragma once

#include <atomic>
#include <cstdint>

#include "intrusive_list.h"
#include "mutex.h"
#include "scsimpath/request.h"
#include "scsimpath/runtime.h"

namespace scsimpath {

/// A reservation, not a mutex: who meets one is parked and no thread waits. Ranges are in blocks.
/// First come, first served among those that overlap; what does not overlap is not touched. The
/// list of holders is as long as there are writes in flight, and is walked. Any thread.
class RangeLock {
 public:
  /// `ghost_timer` is what the timers of those call that wait for a haunted range.
  RangeLock(Runtime& runtime, Timer::Function ghost_timer,
            const std::atomic<std::int64_t>& ghost_timeout) noexcept
      : timers_(runtime.timers),
        clock_(runtime.clock),
        ghost_timer_(ghost_timer),
        ghost_timeout_(ghost_timeout) {}

  /// True: the request holds [first_block, end_block), or it was cancelled and holds nothing.
  /// False: it waits in phase `locked_out`; it is
  /// among the requests of a later `release`.
  [[nodiscard]] bool acquire(Request& request) noexcept;

  /// Ends the hold and calls `granted(request)` for each waiter that holds its range now, in their
  /// order, with the lock held: it may only queue the request. False: the range is haunted.
  template <class Granted>
  [[nodiscard]] bool release(Request& request, Granted&& granted) noexcept {
    const MutexLock lock(mutex_);
    if (request.progress.ghosts != 0) return false;
    drop(request, granted);
    return true;
  }

  /// True: the request waited and does so no more. Others may be granted what it stood before.
  /// False also when its timer is just firing: whoever it calls decides.
  template <class Granted>
  [[nodiscard]] bool withdraw(Request& request, Granted&& granted) noexcept {
    const MutexLock lock(mutex_);
    if (request.progress.phase.load() != Request::Phase::locked_out || !stop_timer(request)) {
      return false;
    }
    leave(request, granted);
    return true;
  }

  // Haunted ranges: an attempt of the holder was given up and may yet be executed. Whoever waits
  // for such a range has a timer, `ghost_timer`, and is the timer's once that fires; so nobody
  // touches a request that another one ends.

  /// True: it is the first one.
  [[nodiscard]] bool haunt(Request& request) noexcept;
  enum class Laid : std::uint8_t {
    others_left,
    under_way,  ///< the request has not ended
    awaited,    ///< the request waited for this, its timer is stopped: it is the caller's
    lingered,   ///< the request was answered: its hold has ended, `data_returned` is due
  };
  /// An attempt that was given up is dead.
  template <class Granted>
  [[nodiscard]] Laid lay(Request& request, Granted&& granted) noexcept {
    const MutexLock lock(mutex_);
    if (--request.progress.ghosts != 0) return Laid::others_left;
    if (request.progress.lingers) {
      drop(request, granted);
      return Laid::lingered;
    }
    if (request.progress.phase.load() != Request::Phase::haunted || !stop_timer(request)) {
      return Laid::under_way;
    }
    request.progress.phase.store(Request::Phase::moving);
    return Laid::awaited;
  }
  /// True: the holder waits, in phase `haunted`, and its timer is armed. False: none is left.
  [[nodiscard]] bool await(Request& request) noexcept;
  /// True: the holder may be answered; the hold ends with its last attempt. False: none is left.
  [[nodiscard]] bool linger(Request& request) noexcept;
  /// True: it waited for its ghosts and does so no more: it is the caller's.
  [[nodiscard]] bool recall(Request& request) noexcept;
  /// What a timer that has fired finds.
  enum class Due : std::uint8_t {
    haunted,  ///< it has waited long enough for its own ghosts: it is the caller's
    laid,     ///< they are gone: it is the caller's
    behind,   ///< it stood before a haunted range and does not any more: it is the caller's
    goes_on,  ///< it waits on, or has been granted its range
  };
  /// `answer_now`: whoever waits for his own ghosts need not, `stopping`: nobody waits any more.
  template <class Granted>
  [[nodiscard]] Due timer_fired(Request& request, bool answer_now, bool stopping,
                                Granted&& granted) noexcept {
    const MutexLock lock(mutex_);
    Request::Progress& progress = request.progress;
    progress.timed = false;
    const Instant due = deadline(progress.haunted_since);
    const bool over = stopping || progress.cancelled.load() || clock_.now() >= due;
    if (progress.phase.load() == Request::Phase::haunted) {
      if (progress.ghosts != 0 && !over && !answer_now) {
        start_timer(request, due);
        return Due::goes_on;
      }
      progress.phase.store(Request::Phase::moving);
      return progress.ghosts != 0 ? Due::haunted : Due::laid;
    }
    const bool before_ghosts = stands_before_ghosts(request);
    if (progress.cancelled.load() || stopping || (before_ghosts && over)) {
      leave(request, granted);
      return Due::behind;
    }
    if (before_ghosts) start_timer(request, due);
    grant(granted);  // which passed it over while this was due
    return Due::goes_on;
  }
  /// Fires every timer now, so that each decides anew. `everybody`: those too that stand before
  /// ranges which are not haunted.
  void reconsider(bool everybody) noexcept;

 private:
  struct Links {
    static Request*& next(Request& request) noexcept { return request.progress.next_range; }
    static Request*& previous(Request& request) noexcept { return request.progress.previous_range; }
  };
  using List = IntrusiveList<Request, Links>;

  static bool overlap(const Request& a, const Request& b) noexcept {
    return a.progress.first_block < b.progress.end_block &&
           b.progress.first_block < a.progress.end_block;
  }
  /// Whether anything in the list before `end` (null: its whole length) overlaps.
  static bool meets(const List& list, const Request& request, const Request* end) noexcept;

  [[nodiscard]] bool stands_before_ghosts(const Request& request) const noexcept REQUIRES(mutex_);
  /// When whoever waits since then has waited for ghost_timeout.
  [[nodiscard]] Instant deadline(Instant since) const noexcept;
  void start_timer(Request& request, Instant due) noexcept REQUIRES(mutex_);
  /// False: it is firing.
  [[nodiscard]] bool stop_timer(Request& request) noexcept REQUIRES(mutex_);

  template <class Granted>
  void drop(Request& request, Granted&& granted) noexcept REQUIRES(mutex_) {
    holders_.remove(request);
    request.progress.holds_range = false;
    grant(granted);
  }

  template <class Granted>
  void leave(Request& request, Granted&& granted) noexcept REQUIRES(mutex_) {
    waiters_.remove(request);
    request.progress.phase.store(Request::Phase::moving);
    grant(granted);
  }

  template <class Granted>
  void grant(Granted&& granted) noexcept REQUIRES(mutex_) {
    for (Request* waiter = waiters_.front(); waiter != nullptr;) {
      Request* const next = List::after(*waiter);
      // An earlier waiter that overlaps goes first.
      if (!meets(holders_, *waiter, nullptr) && !meets(waiters_, *waiter, waiter) &&
          stop_timer(*waiter)) {
        waiters_.remove(*waiter);
        holders_.push_back(*waiter);
        waiter->progress.holds_range = true;
        granted(*waiter);
      }
      waiter = next;
    }
  }

  Timers& timers_;
  const Clock& clock_;
  const Timer::Function ghost_timer_;
  const std::atomic<std::int64_t>& ghost_timeout_;

  mutable Mutex mutex_;
  List holders_ GUARDED_BY(mutex_);
  List waiters_ GUARDED_BY(mutex_);
};

}  // namespace scsimpath
