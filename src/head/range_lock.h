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

class Requeue;

/// A reservation, not a mutex: who meets one is parked and no thread waits. Ranges are in blocks.
/// First come, first served among those that overlap; what does not overlap is not touched. Who is
/// granted a range is handed to the requeue, in their order. The list of holders is as long as
/// there are writes in flight, and is walked. Any thread.
///
/// A range is haunted while an attempt of its holder was given up and may yet be executed: a ghost.
/// Whoever waits for such a range has a timer, `ghost_timer`, and is the timer's once that fires;
/// so nobody touches a request that another one ends.
class RangeLock {
 public:
  RangeLock(Runtime& runtime, Requeue& requeue, Timer::Function ghost_timer,
            const std::atomic<std::int64_t>& ghost_timeout) noexcept;

  /// True: the request holds [first_block, end_block), or it was cancelled and holds nothing.
  /// False: it waits in phase `locked_out`.
  [[nodiscard]] bool acquire(Request& request) noexcept;
  /// Ends the hold. False: the range is haunted, and is held on.
  [[nodiscard]] bool release(Request& request) noexcept;
  /// True: the request waited and does so no more. Others may be granted what it stood before.
  /// False also when its timer is just firing: whoever that calls decides.
  [[nodiscard]] bool withdraw(Request& request) noexcept;

  /// An attempt of the holder is a ghost. True: it is the first one.
  [[nodiscard]] bool haunt(Request& request) noexcept;
  enum class Laid : std::uint8_t {
    others_left,
    under_way,  ///< the request has not ended
    awaited,    ///< the request waited for this, its timer is stopped: it is the caller's
    lingered,   ///< the request was answered: its hold has ended, `data_returned` is due
  };
  /// A ghost is dead.
  [[nodiscard]] Laid lay(Request& request) noexcept;

  /// True: the holder waits for its ghosts, in phase `haunted`. False: none is left.
  [[nodiscard]] bool await(Request& request) noexcept;
  /// True: it waited for them and does so no more: it is the caller's.
  [[nodiscard]] bool recall(Request& request) noexcept;
  /// True: the holder may be answered; the hold ends with its last ghost. False: none is left.
  [[nodiscard]] bool linger(Request& request) noexcept;

  /// What a timer that has fired finds.
  enum class Due : std::uint8_t {
    haunted,  ///< it has waited long enough for its own ghosts: it is the caller's
    laid,     ///< they are gone: it is the caller's
    behind,   ///< it stood before another one's range and does not any more: it is the caller's
    goes_on,  ///< it waits on, or has been granted its range
  };
  /// `answer_now`: whoever waits for his own ghosts need not, `stopping`: nobody waits any more.
  [[nodiscard]] Due timer_fired(Request& request, bool answer_now, bool stopping) noexcept;
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

  void drop(Request& holder) noexcept REQUIRES(mutex_);
  void leave(Request& waiter) noexcept REQUIRES(mutex_);
  /// To each waiter that nothing stands before any more.
  void grant() noexcept REQUIRES(mutex_);

  /// When whoever waits since then has waited for ghost_timeout.
  [[nodiscard]] Instant deadline(Instant since) const noexcept;
  void start_timer(Request& request, Instant due) noexcept REQUIRES(mutex_);
  /// False: it is firing.
  [[nodiscard]] bool stop_timer(Request& request) noexcept REQUIRES(mutex_);

  Timers& timers_;
  const Clock& clock_;
  Requeue& requeue_;
  const Timer::Function ghost_timer_;
  const std::atomic<std::int64_t>& ghost_timeout_;

  Mutex mutex_;
  List holders_ GUARDED_BY(mutex_);
  List waiters_ GUARDED_BY(mutex_);
};

}  // namespace scsimpath
