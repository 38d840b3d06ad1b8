// SPDX-License-Identifier: LGPL-2.1-or-later
// A disk that was reset: has it lost what it had not written yet?
#include <fmt/format.h>

#include <algorithm>

#include "core.h"

namespace scsimpath {

HeadCore::Resync::Resync(HeadCore& core) noexcept
    : Task([](Task& task) noexcept {
        auto& self = static_cast<Resync&>(task);
        self.head.submit(self);
      }),
      head(core) {
  operation = Operation::flush;
  done = [](Request& request) noexcept { static_cast<Resync&>(request).busy.store(false); };
}

/// A nexus has reported a reset. Acknowledged writes are lost only if the power went: then every
/// path hears of it. One that has heard nothing since the last flush proves that it did not, so all
/// are asked, and no flush is sent before all have answered: it would succeed on an empty cache.
/// A command behind the one that was told so, which was sent at `sent`, is told nothing any more:
/// a flush that has been good since may have found an empty cache.
void HeadCore::reset_met(Path& path, bool power_on, Instant sent) noexcept {
  resets_.fetch_add(1);
  // A path that comes back begins a nexus: its first answer says so too.
  const bool in_use = path.state.load() == PathState::running;
  const bool dirty = write_cache_.is_dirty() || last_flush_ > sent || suspecting_.load();
  const bool may_be_lost =
      power_on && in_use && volatile_cache_ && dirty && !disturbed_.load(std::memory_order_relaxed);
  if (!may_be_lost) {
    if (suspecting_.load()) return;
    tell(EventKind::reset_seen, &path, "the device reports power on or reset");
    if (in_use && write_cache_.is_dirty()) resync();
    return;
  }
  path.reset_met = true;
  if (!suspecting_.exchange(true)) {
    for (const auto& other : paths_) {
      if (other->reset_met || other->state.load() != PathState::running) continue;
      other->revalidating.store(true, std::memory_order_release);
      other->checker.disregard();
      other->checker.request();
    }
    evaluate();
  }
  judge_reset();
}

/// After each answer that may be the last that is waited for.
void HeadCore::judge_reset() noexcept {
  if (!suspecting_.load()) return;
  bool innocent = false;
  for (const auto& path : paths_) {
    if (path->reset_met || path->state.load() != PathState::running) continue;
    if (path->revalidating.load()) return;
    innocent = true;
  }
  for (const auto& path : paths_) path->reset_met = false;
  if (innocent) {
    tell(EventKind::reset_seen, nullptr, "a path reports power on or reset, and another does not");
    resync();
  } else {
    write_cache_.lost();
    cache_losses_.fetch_add(1);
    tell(EventKind::cache_lost, nullptr,
         "the disk lost its power with writes that were not flushed: the next fsync fails");
  }
  suspecting_.store(false);
  requeue_.kick();
}

void HeadCore::told_of_reset(Path& path, bool power_on, Instant sent) noexcept {
  const MutexLock lock(mutex_);
  if (path.removed.load() || closed_) {
    resets_.fetch_add(1);
  } else {
    reset_met(path, power_on, sent);
  }
}

/// A deferred error: what the disk had acknowledged it could not keep.
void HeadCore::told_of_lost_writes(Path& path, const Reason& reason) noexcept {
  const MutexLock lock(mutex_);
  resets_.fetch_add(1);
  cache_losses_.fetch_add(1);
  tell(EventKind::cache_lost, &path,
       fmt::format("the disk could not keep what it had acknowledged ({}): the next fsync fails",
                   reason.text));
}

/// What was written before the reset may be in no cache any more; what is is kept now.
void HeadCore::resync() noexcept {
  if (closed_ || stopping_.load() || resync_.busy.exchange(true)) return;
  runtime().workers.post(resync_);
}

/// False: the disk was reset meanwhile, and nobody knows what the flush has found.
bool HeadCore::flush_done(const Request::Progress& flush) noexcept {
  const MutexLock lock(mutex_);
  if (suspecting_.load() || resets_.load() != flush.resets) return false;
  write_cache_.flushed(flush.flush_covers);
  last_flush_ = runtime().clock.now();
  // What a device keeps beyond its time may yet make the kernel reset it.
  const auto keeps_some = [](const auto& entry) { return entry->keeps_command(); };
  const bool calm = std::ranges::none_of(paths_, keeps_some) &&
                    std::ranges::none_of(removals_, keeps_some, &Removal::path);
  if (calm) disturbed_.store(false, std::memory_order_relaxed);
  for (const auto& path : paths_) path->reset_met = false;
  return true;
}

}  // namespace scsimpath
