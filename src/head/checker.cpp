// SPDX-License-Identifier: LGPL-2.1-or-later
// When a path is looked at.
#include "checker.h"

#include <algorithm>

#include "core.h"
#include "head_path.h"

namespace scsimpath {

Checker::Due::Due(Checker& checker) noexcept
    : Timer([](Timer& timer) noexcept { static_cast<Due&>(timer).owner.due(); }), owner(checker) {}

Checker::Look::Look(Checker& checker, Runtime& runtime, Transport& transport) noexcept
    : Examination(
          runtime, transport,
          [](Examination& look) noexcept { static_cast<Look&>(look).owner.over(); },
          [](Examination& look) noexcept { static_cast<Look&>(look).owner.late(); },
          [](Examination& look) noexcept { static_cast<Look&>(look).owner.suspect(); },
          [](Examination& look) noexcept {
            const Path& path = static_cast<Look&>(look).owner.path_;
            return path.head.consents_to_activation(path, look.result());
          }),
      owner(checker) {}

Checker::Checker(Path& path) noexcept
    : path_(path), due_(*this), look_(*this, path.head.runtime(), *path.transport) {}

void Checker::begin() noexcept {
  Runtime& runtime = path_.head.runtime();
  const MutexLock lock(mutex_);
  stopped_ = false;
  if (!running_) arm(runtime.clock.now() + path_.head.check_interval(path_));
}

void Checker::arm(Instant due) noexcept {
  next_ = due;
  path_.head.runtime().timers.arm(due_, due);
}

void Checker::request(Duration after) noexcept {
  const Instant wanted = path_.head.runtime().clock.now() + after;
  const MutexLock lock(mutex_);
  if (stopped_) return;
  if (running_) {
    again_ = std::min(again_, wanted);
  } else if (wanted < next_) {
    arm(wanted);
  }
}

void Checker::disregard() noexcept {
  const MutexLock lock(mutex_);
  stale_ = running_;
}

bool Checker::is_wanted() const noexcept {
  const MutexLock lock(mutex_);
  return running_ && again_ != Instant::max();
}

bool Checker::is_disregarded() const noexcept {
  const MutexLock lock(mutex_);
  return stale_;
}

void Checker::pause(Duration after) noexcept {
  const Instant earliest = path_.head.runtime().clock.now() + after;
  const MutexLock lock(mutex_);
  again_ = Instant::max();
  if (!stopped_ && !running_ && next_ < earliest) arm(earliest);
}

void Checker::stop() noexcept {
  {
    const MutexLock lock(mutex_);
    stopped_ = true;
    (void)path_.head.runtime().timers.cancel(due_);
    if (!running_) return;
  }
  look_.abort();
}

bool Checker::idle() const noexcept {
  const MutexLock lock(mutex_);
  return stopped_ && !running_;
}

bool Checker::is_late() const noexcept {
  const MutexLock lock(mutex_);
  return running_ && late_;
}

void Checker::due() noexcept {
  HeadCore& head = path_.head;
  auto scope = Examination::Scope::quick;
  {
    const MutexLock lock(mutex_);
    if (stopped_ || running_) return;
    // Whoever wants to know more from now on finds it running, and asks for another one.
    if (head.needs_full_check(path_)) scope = Examination::Scope::full;
    running_ = true;
    again_ = Instant::max();
    started_ = head.runtime().clock.now();
    stale_ = late_ = false;
  }
  look_.start(scope, head.io_timeout(), path_.has_alua);
}

void Checker::late() noexcept {
  {
    const MutexLock lock(mutex_);
    late_ = true;
  }
  path_.head.check_is_late(path_);
}

/// The path carries nothing until this examination has told whose disk it is.
void Checker::suspect() noexcept {
  path_.revalidating.store(true, std::memory_order_release);
}

void Checker::over() noexcept {
  HeadCore& head = path_.head;
  Instant started;
  {
    const MutexLock lock(mutex_);
    started = started_;
    late_ = false;
  }
  // The device says it once: whatever else is out of date, this is not.
  const Examination::Result& result = look_.result();
  if (result.reset_seen) head.told_of_reset(path_, result.power_on, started);
  if (result.lost_writes) head.told_of_lost_writes(path_, *result.lost_writes);
  head.checked(path_, result);
  const Instant now = head.runtime().clock.now();
  const Duration interval = head.check_interval(path_);
  const MutexLock lock(mutex_);
  running_ = false;
  if (stopped_) return;
  arm(std::clamp(again_, now, now + interval));
}

}  // namespace scsimpath
