// SPDX-License-Identifier: LGPL-2.1-or-later
// Explicit ALUA: asking the target for a port group (SET TARGET PORT GROUPS, SPC-5 6.44).
#include <fmt/format.h>

#include <algorithm>

#include "core.h"

namespace scsimpath {

/// Only as the last resort, never for a group that is merely better: other hosts use the disk by
/// the one that is active. A path that will be decided about soon is waited for.
void HeadCore::seek_activation(Instant now, bool for_writes) noexcept {
  if (stopping_.load() || now < gathering_until_ || !activation_pace_.may_ask(now)) return;
  const auto has_just_told = [now](const Path& path) {
    return now - path.access_told < contradiction_pause;
  };
  Path* candidate = nullptr;
  for (const auto& path : paths_) {
    if (for_writes && !path->distrusted.empty()) continue;
    if (path->is_coming_back()) return;
    if (!path->can_be_activated()) continue;
    if (candidate == nullptr || (has_just_told(*candidate) && !has_just_told(*path))) {
      candidate = path.get();
    }
  }
  if (candidate == nullptr) return;
  candidate->activating.store(true, std::memory_order_release);
  candidate->checker.request(has_just_told(*candidate) ? contradiction_pause : Duration::zero());
}

/// A write waits, and the paths that are usable carry none. True when one that does is about to be.
bool HeadCore::seek_trusted_path(Instant now) noexcept {
  const MutexLock lock(mutex_);
  if (closed_) return false;
  const auto has_come = [&](const auto& path) {
    return path->distrusted.empty() &&
           (path->is_coming_back() || path->rank(now) != Rank::unusable);
  };
  if (std::ranges::any_of(paths_, has_come)) return true;
  seek_activation(now, true);
  return std::ranges::any_of(paths_, has_come);
}

/// A check of the path has found that its port group is not active, and asks whether it is to ask
/// for it. What it was told is the latest: another group may have become active meanwhile.
bool HeadCore::consents_to_activation(const Path& path,
                                      const Examination::Result& look) const noexcept {
  const MutexLock lock(mutex_);
  const PathFacts& facts = look.facts;
  if (!path.activating.load() || path.removed.load() || closed_ || stopping_.load() ||
      path.state.load() == PathState::offline || path.checker.is_disregarded() ||
      facts.identity.wwid != identity().wwid || facts.identity.serial != identity().serial) {
    return false;
  }
  const Instant now = runtime().clock.now();
  return std::ranges::none_of(paths_, [&](const auto& other) {
    if (other->distrusted.empty() && other->rank(now) != Rank::unusable) return true;
    const scsi::TargetPortGroup* const group = facts.groups->find(other->target_port_group);
    return group != nullptr && takes_io(group->state) &&
           (other->is_coming_back() || other->state.load() == PathState::ghost);
  });
}

/// The check that was to activate the path's group is over, or will be too late. After one that has
/// failed the path the next one has its turn.
void HeadCore::activation_over(Path& path, const std::optional<Reason>& answer) noexcept {
  if (!path.activating.exchange(false)) return;
  if (answer || path.can_be_activated()) activation_pace_.asked(runtime().clock.now());
  if (!answer) return;
  parts_.events.publish({EventKind::group_activation,
                         name(),
                         path.info.name,
                         fmt::format("port group {} was asked to become active/optimized: {}",
                                     path.target_port_group, answer->text),
                         {},
                         answer->end});
}

/// Nobody knows what it found: the path is looked at again, at once if it is still the one to ask.
void HeadCore::check_dropped(Path& path, const Examination::Result& result) noexcept {
  if (result.activation) activation_over(path, result.activation);
  path.activating.store(false);
  evaluate();
}

}  // namespace scsimpath
