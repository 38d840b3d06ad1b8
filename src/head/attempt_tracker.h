// SPDX-License-Identifier: LGPL-2.1-or-later
// The clones of one path that are on their way, and the end of our patience with them.
#pragma once

#include "clone.h"
#include "intrusive_list.h"
#include "mutex.h"
#include "scsimpath/runtime.h"
#include "scsimpath/transport.h"

namespace scsimpath {

/// A clone that completes inside its submission never comes here; so the lock and the timer cost
/// nothing where they are not needed. Any thread.
class AttemptTracker {
 public:
  AttemptTracker(Runtime& runtime, Transport& transport) noexcept;

  /// The submission has returned and the command is not done, as far as its submitter knows.
  void add(Clone& clone) noexcept;
  /// True when the clone had been given up.
  bool remove(Clone& clone) noexcept;
  /// Gives up every clone now: the head is going away.
  void give_up_all() noexcept;
  /// For the end: no timer fires any more. On the control thread.
  void stop() noexcept;

 private:
  struct Links {
    static Clone*& next(Clone& clone) noexcept { return clone.next; }
    static Clone*& previous(Clone& clone) noexcept { return clone.previous; }
  };
  struct Deadline : Timer {
    explicit Deadline(AttemptTracker& tracker) noexcept;
    AttemptTracker& owner;
  };

  void give_up(Instant due) noexcept;

  Runtime& runtime_;
  Transport& transport_;
  Deadline deadline_;

  Mutex mutex_;
  IntrusiveList<Clone, Links> clones_ GUARDED_BY(mutex_);
  bool armed_ GUARDED_BY(mutex_) = false;
};

}  // namespace scsimpath
