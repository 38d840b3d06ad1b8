// SPDX-License-Identifier: LGPL-2.1-or-later
// Keeps overlapping writes of a head apart: never two in flight, never one beside a late attempt.
#pragma once

#include "intrusive_list.h"
#include "mutex.h"
#include "scsimpath/request.h"

namespace scsimpath {

/// A reservation, not a mutex: who meets one is parked and no thread waits. Ranges are in blocks.
/// First come, first served among those that overlap; what does not overlap is not touched. The
/// list of holders is as long as there are writes in flight, and is walked. Any thread.
class RangeLock {
 public:
  /// True: the request holds [first_block, end_block), or it was cancelled and holds nothing.
  /// False: it waits in phase `locked_out`; it is
  /// among the requests of a later `release`.
  [[nodiscard]] bool acquire(Request& request) noexcept;

  /// Ends the hold and calls `granted(request)` for each waiter that holds its range now, in their
  /// order, with the lock held: it may only queue the request.
  template <class Granted>
  void release(Request& request, Granted&& granted) noexcept {
    const MutexLock lock(mutex_);
    holders_.remove(request);
    request.progress.holds_range = false;
    grant(granted);
  }

  /// True: the request waited and does so no more. Others may be granted what it stood before.
  template <class Granted>
  [[nodiscard]] bool withdraw(Request& request, Granted&& granted) noexcept {
    const MutexLock lock(mutex_);
    if (request.progress.phase.load() != Request::Phase::locked_out) return false;
    waiters_.remove(request);
    request.progress.phase.store(Request::Phase::moving);
    grant(granted);
    return true;
  }

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

  template <class Granted>
  void grant(Granted&& granted) noexcept REQUIRES(mutex_) {
    for (Request* waiter = waiters_.front(); waiter != nullptr;) {
      Request* const next = List::after(*waiter);
      // An earlier waiter that overlaps goes first.
      if (!meets(holders_, *waiter, nullptr) && !meets(waiters_, *waiter, waiter)) {
        waiters_.remove(*waiter);
        holders_.push_back(*waiter);
        waiter->progress.holds_range = true;
        granted(*waiter);
      }
      waiter = next;
    }
  }

  Mutex mutex_;
  List holders_ GUARDED_BY(mutex_);
  List waiters_ GUARDED_BY(mutex_);
};

}  // namespace scsimpath
