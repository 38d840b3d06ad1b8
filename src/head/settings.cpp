// SPDX-License-Identifier: LGPL-2.1-or-later
// Changing a head's settings while it works.
#include <utility>

#include "core.h"

namespace scsimpath {

HeadSettings HeadCore::settings() const noexcept {
  const MutexLock lock(mutex_);
  return settings_;
}

void HeadCore::apply(const HeadSettings& settings, std::string what) noexcept {
  bool policy_changed = false;
  {
    const MutexLock lock(mutex_);
    if (settings == settings_) return;
    policy_changed = settings.iopolicy != settings_.iopolicy;
    const bool sooner = settings.checker_interval != settings_.checker_interval;
    const bool other = settings.no_path_timeout != settings_.no_path_timeout;
    settings_.iopolicy = settings.iopolicy;
    const bool others_changed = settings != settings_;
    settings_ = settings;
    io_timeout_.store(settings.io_timeout.count(), std::memory_order_relaxed);
    no_path_timeout_.store(settings.no_path_timeout.count(), std::memory_order_relaxed);
    checker_interval_.store(settings.checker_interval.count(), std::memory_order_relaxed);
    ghost_timeout_.store(settings.ghost_timeout.count(), std::memory_order_relaxed);
    exclusive_.store(settings.exclusive, std::memory_order_relaxed);
    if (policy_changed) {
      publish();  // a new snapshot has no cached choices
      tell(EventKind::iopolicy_changed, nullptr, std::string(to_string(settings.iopolicy)));
      requeue_.kick();
    }
    if (others_changed) tell(EventKind::setting_changed, nullptr, std::move(what));
    if (other) decide_failing(runtime().clock.now());
    ranges_.reconsider(false);
    if (sooner) {
      for (const auto& path : paths_) path->checker.begin();
    }
  }
  if (policy_changed) reclaim();
}

}  // namespace scsimpath
