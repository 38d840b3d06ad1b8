// SPDX-License-Identifier: LGPL-2.1-or-later
// Gives up clones that pass their deadline.
#include "attempt_tracker.h"

#include <algorithm>

#include "core.h"
#include "head_path.h"

namespace scsimpath {

AttemptTracker::Deadline::Deadline(AttemptTracker& tracker) noexcept
    : Timer([](Timer& timer) noexcept {
        AttemptTracker& self = static_cast<Deadline&>(timer).owner;
        self.give_up(self.runtime_.clock.now());
      }),
      owner(tracker) {}

AttemptTracker::AttemptTracker(Runtime& runtime, Transport& transport) noexcept
    : runtime_(runtime), transport_(transport), deadline_(*this) {}

void AttemptTracker::add(Clone& clone) noexcept {
  const MutexLock lock(mutex_);
  clones_.push_back(clone);
  clone.tracked = true;
  // Deadlines rise along the list unless io_timeout was lowered; the timer is left at an earlier
  // one, where it looks again.
  if (!armed_ || clone.deadline < deadline_.due) {
    armed_ = true;
    runtime_.timers.arm(deadline_, clone.deadline);
  }
}

bool AttemptTracker::remove(Clone& clone) noexcept {
  const MutexLock lock(mutex_);
  if (clone.tracked) clones_.remove(clone);
  clone.tracked = false;
  return clone.given_up;
}

void AttemptTracker::give_up_all() noexcept {
  give_up(Instant::max());
}

void AttemptTracker::stop() noexcept {
  (void)runtime_.timers.cancel(deadline_);
  const MutexLock lock(mutex_);
  armed_ = false;
}

void AttemptTracker::give_up(Instant due) noexcept {
  for (;;) {
    Clone* late = nullptr;
    {
      const MutexLock lock(mutex_);
      Instant next = Instant::max();
      for (Clone* clone = clones_.front(); clone != nullptr; clone = clone->next) {
        if (clone->given_up) continue;
        if (clone->deadline <= due) {
          late = clone;
          break;
        }
        next = std::min(next, clone->deadline);
      }
      if (late == nullptr) {
        armed_ = next != Instant::max();
        if (armed_) runtime_.timers.arm(deadline_, next);
        return;
      }
      late->given_up = true;
      late->references.fetch_add(1, std::memory_order_relaxed);
    }
    HeadCore& head = late->path->head;
    head.attempt_given_up(*late);
    transport_.abort(late->command);
    head.abandon(*late);
    head.release(*late);
  }
}

}  // namespace scsimpath
