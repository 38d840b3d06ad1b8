// SPDX-License-Identifier: LGPL-2.1-or-later
// A head's beginning and end.
#include "core.h"

#include <algorithm>

namespace scsimpath {
namespace {

/// Where neither device nor transport sets a limit.
constexpr std::uint32_t default_max_transfer = 1U << 20U;

}  // namespace

HeadCore::HeadCore(Parts parts)
    : parts_(std::move(parts)),
      path_set_(new PathSet),
      requeue_(*this, parts_.runtime.workers,
               [](HeadCore& head, Request& request) noexcept {
                 head.unhold(request);
                 head.carry(request);
               }),
      clones_(parts_.max_clones),
      edges_(parts_.max_clones),
      blocks_(parts_.facts.blocks),
      max_transfer_(default_max_transfer),
      io_timeout_(parts_.settings.io_timeout.count()),
      no_path_timeout_(parts_.settings.no_path_timeout.count()),
      checker_interval_(parts_.settings.checker_interval.count()),
      ghost_timeout_(parts_.settings.ghost_timeout.count()),
      exclusive_(parts_.settings.exclusive),
      ranges_(parts_.runtime, requeue_, ghost_timer_fired, ghost_timeout_),
      holds_writes_(parts_.holds_writes),
      settings_(parts_.settings),
      no_path_timer_(*this,
                     [](Timer& timer) noexcept {
                       static_cast<OwnedTimer&>(timer).head.no_path_deadline_passed();
                     }),
      removal_timer_(
          *this,
          [](Timer& timer) noexcept { static_cast<OwnedTimer&>(timer).head.poll_removals(); }),
      trust_timer_(*this, [](Timer& timer) noexcept {
        HeadCore& head = static_cast<OwnedTimer&>(timer).head;
        head.trust_timer_armed_.store(false);
        head.requeue_.kick();
      }) {}

HeadCore::~HeadCore() {
  delete path_set_.load();
}

void HeadCore::hold(Request&) noexcept {
  held_.fetch_add(1, std::memory_order_relaxed);
}

void HeadCore::unhold(Request&) noexcept {
  held_.fetch_sub(1, std::memory_order_relaxed);
}

void HeadCore::tell(EventKind kind, const Path* path, std::string reason) const noexcept {
  parts_.events.publish(
      {kind, name(), path != nullptr ? path->info.name : std::string(), std::move(reason)});
}

void HeadCore::close() noexcept {
  std::vector<std::string> names;
  {
    const MutexLock lock(mutex_);
    closed_ = true;
    for (const auto& path : paths_) names.push_back(path->info.name);
  }
  for (const std::string& path : names) (void)remove_path(path, {});
  std::vector<std::shared_ptr<Path>> going;
  {
    const MutexLock lock(mutex_);
    for (const Removal& removal : removals_) going.push_back(removal.path);
  }
  // Nobody waits for what they carry: users' requests are gone.
  for (const auto& path : going) path->tracker.give_up_all();
  (void)runtime().timers.cancel(no_path_timer_);
  (void)runtime().timers.cancel(trust_timer_);
}

bool HeadCore::idle() const noexcept {
  const MutexLock lock(mutex_);
  return closed_ && paths_.empty() && removals_.empty() && !resync_.busy.load();
}

}  // namespace scsimpath
