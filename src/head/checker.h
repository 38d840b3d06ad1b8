// SPDX-License-Identifier: LGPL-2.1-or-later
// Looks at one path every checker_interval, and when somebody asks.
#pragma once

#include "examination.h"
#include "mutex.h"
#include "scsimpath/runtime.h"

namespace scsimpath {

class Path;

/// Any thread, also with the head's lock held.
class Checker {
 public:
  explicit Checker(Path& path) noexcept;

  /// Starts checking; the first check is due after one interval.
  void begin() noexcept;
  /// A check that starts after this call, `after` from now at the latest.
  void request(Duration after = Duration::zero()) noexcept;
  /// What a check that is under way finds does not count: I/O knows better.
  void disregard() noexcept;
  /// Another one was asked for, to start after the one that is under way.
  [[nodiscard]] bool is_wanted() const noexcept;
  /// One is under way whose result does not count.
  [[nodiscard]] bool is_disregarded() const noexcept;
  /// None starts before `after` from now, whoever has asked for one.
  void pause(Duration after) noexcept;
  /// No check starts any more; one under way is asked to end. On the control thread.
  void stop() noexcept;
  /// One is under way whose device has not answered in time.
  [[nodiscard]] bool is_late() const noexcept;
  /// After `stop`: the last check is over.
  [[nodiscard]] bool idle() const noexcept;

 private:
  struct Due : Timer {
    explicit Due(Checker& checker) noexcept;
    Checker& owner;
  };
  struct Look : Examination {
    Look(Checker& checker, Runtime& runtime, Transport& transport) noexcept;
    Checker& owner;
  };

  void arm(Instant due) noexcept REQUIRES(mutex_);
  void due() noexcept;
  void late() noexcept;
  void suspect() noexcept;
  void over() noexcept;

  Path& path_;
  Due due_;
  Look look_;

  mutable Mutex mutex_;
  Instant next_ GUARDED_BY(mutex_){};  ///< what the timer is armed for
  bool running_ GUARDED_BY(mutex_) = false;
  Instant started_ GUARDED_BY(mutex_){};  ///< the present one
  /// When another is to start after the present one, beside the interval.
  Instant again_ GUARDED_BY(mutex_) = Instant::max();
  bool stale_ GUARDED_BY(mutex_) = false;  ///< drop what the present one finds
  bool late_ GUARDED_BY(mutex_) = false;   ///< no answer to the present one in time
  bool stopped_ GUARDED_BY(mutex_) = true;
};

}  // namespace scsimpath
