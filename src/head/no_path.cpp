// SPDX-License-Identifier: LGPL-2.1-or-later
// The no-path rule: what happens to I/O while no path of the head is usable.
#include <fmt/format.h>

#include "core.h"

namespace scsimpath {

namespace {

double seconds(Duration duration) noexcept {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

/// After every change that can make a path usable or not.
void HeadCore::evaluate() noexcept {
  if (closed_) return;  // nobody waits any more
  const Instant now = runtime().clock.now();
  bool usable = false;
  for (const auto& path : paths_) usable = usable || path->rank(now) != Rank::unusable;
  if (usable) {
    (void)runtime().timers.cancel(no_path_timer_);
    gathering_until_ = {};
    failing_.store(false, std::memory_order_release);
    if (!had_usable_) {
      had_usable_ = true;
      tell(EventKind::paths_back, nullptr, "I/O goes on");
    }
    requeue_.kick();
    return;
  }
  if (had_usable_) {
    had_usable_ = false;
    no_path_since_ = now;
    const Duration timeout = settings_.no_path_timeout;
    tell(EventKind::no_path, nullptr,
         timeout == Duration::zero() ? std::string("no path is usable: I/O fails")
         : timeout == HeadSettings::forever
             ? std::string("no path is usable: I/O is held until one is, without a bound; "
                           "set no_path_timeout to fail to free it")
             : fmt::format("no path is usable: I/O is held for up to {} s", seconds(timeout)));
  }
  seek_activation(now, false);
  decide_failing(now);
}

void HeadCore::decide_failing(Instant now) noexcept {
  if (had_usable_) return;
  bool coming_back = false;
  bool gone = !paths_.empty();
  for (const auto& path : paths_) {
    coming_back = coming_back || path->is_coming_back();
    gone = gone && path->disconnected && path->state.load() == PathState::failed;
  }
  const Duration timeout = settings_.no_path_timeout;
  bool fail = stopping_.load() || gone;
  if (!fail && timeout != HeadSettings::forever) {
    const Instant deadline = no_path_since_ + timeout;
    fail = now >= deadline && !coming_back;
    if (now < deadline) runtime().timers.arm(no_path_timer_, deadline);
  }
  if (fail || timeout == HeadSettings::forever) (void)runtime().timers.cancel(no_path_timer_);
  const bool failed = failing_.exchange(fail, std::memory_order_acq_rel);
  if (!fail) return;
  if (!failed && !stopping_.load()) {
    tell(EventKind::no_path_timeout, nullptr,
         gone ? "the target says on every path that there is no such disk: I/O fails"
              : "no path came back in time: I/O fails");
  }
  requeue_.kick();
  if (paths_.empty() && parts_.abandoned) parts_.abandoned();
}

void HeadCore::no_path_deadline_passed() noexcept {
  const MutexLock lock(mutex_);
  // A path may have come back while the timer was about to fire; then this finds it.
  evaluate();
}

void HeadCore::stop_holding() noexcept {
  stop_deadline_.store((runtime().clock.now() + io_timeout()).time_since_epoch().count());
  stopping_.store(true, std::memory_order_release);
  const MutexLock lock(mutex_);
  evaluate();
  requeue_.kick();
  ranges_.reconsider(true);
}

}  // namespace scsimpath
