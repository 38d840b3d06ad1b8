// SPDX-License-Identifier: LGPL-2.1-or-later
// Explicit ALUA: asking the target for a port group (SET TARGET PORT GROUPS, SPC-5 6.44).
#include <fmt/format.h>

#include <algorithm>

#include "core.h"

namespace scsimpath {

/// Only as the last resort, never for a group that is merely better: other hosts use the disk by
/// the one that is active. A path that will be decided about soon is waited for.
void HeadCore::seek_activation(Instant now) noexcept {
  if (stopping_.load() || now < gathering_until_ || !activation_pace_.may_ask(now)) return;
  const auto has_just_told = [now](const Path& path) {
    return now - path.access_told < contradiction_pause;
  };
  Path* candidate = nullptr;
  for (const auto& path : paths_) {
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

/// A check of the path has found that its port group is not active, and asks whether it is to ask
/// for it. What it was told is the latest: another group may have become active meanwhile.
bool HeadCore::consents_to_activation(const Path& path,
                                      const Examination::Result& look) const noexcept {
  const MutexLock lock(mutex_);
  const PathFacts& facts = look.facts;
  if (!path.activating.load() || path.removed.load() || closed_ || stopping_.load() ||
      facts.identity.wwid != identity().wwid || facts.identity.serial != identity().serial) {
    return false;
  }
  return std::ranges::none_of(paths_, [&](const auto& other) {
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

void HeadCore::check_dropped(Path& path) noexcept {
  const MutexLock lock(mutex_);
  activation_over(path, {});
  evaluate();
}

}  // namespace scsimpath
