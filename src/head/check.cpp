// SPDX-License-Identifier: LGPL-2.1-or-later
// What a check of a path means for the path and for the head.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core.h"
#include "opcode.h"

namespace scsimpath {

using namespace std::chrono_literals;
using scsi::CheckResult;

namespace {

constexpr Duration transition_interval = 2s;
/// Growth that nothing announces is seen by the checks of usable paths alone.
constexpr Duration capacity_interval = 5s;

Reason groups_told() {
  return {"REPORT TARGET PORT GROUPS",
          CommandEnd{.opcode = static_cast<std::uint8_t>(scsi::Opcode::maintenance_in)}};
}

/// What a path's group does, and which command told that.
Reason of_group(std::string what, const Reason& told) {
  if (!told.text.empty()) what += fmt::format(" ({})", told.text);
  return {std::move(what), told.end};
}

}  // namespace

bool HeadCore::needs_full_check(const Path& path) const noexcept {
  return path.state.load() != PathState::running || path.revalidating.load();
}

Duration HeadCore::check_interval(const Path& path) const noexcept {
  const Duration interval(checker_interval_.load(std::memory_order_relaxed));
  switch (path.state.load()) {
    case PathState::running:
      return std::min(interval, capacity_interval);
    case PathState::transitioning:
      return std::min(interval, transition_interval);
    default:
      return interval;
  }
}

void HeadCore::checked(Path& path, const Examination::Result& result) noexcept {
  bool grown = false;
  {
    // Who knows better says so under this lock.
    const MutexLock lock(mutex_);
    if (path.checker.is_disregarded()) return check_dropped(path, result);
    if (path.removed.load() || closed_) return;
    if (path.given_up.load() == 0) path.stuck_since = {};
    grown = take_check(path, result);
    // One that was under way when the group was wanted may not have asked; then the next one does.
    const bool asks_later =
        !result.activation && path.can_be_activated() && path.checker.is_wanted();
    if (!asks_later) activation_over(path, result.activation);
    evaluate();
    judge_reset();
  }
  if (grown && parts_.resized) parts_.resized(*this);
}

/// The check has not come back from the path: what I/O would meet there is no better. The path
/// stays failed until a later check is good, and none starts before this one is over.
void HeadCore::check_is_late(Path& path) noexcept {
  const MutexLock lock(mutex_);
  if (path.removed.load() || closed_) return;
  disturbed_.store(true, std::memory_order_relaxed);
  if (path.stuck_since == Instant{}) path.stuck_since = runtime().clock.now() - io_timeout();
  check_unanswered(path);
  activation_over(path, {});
  evaluate();
}

void HeadCore::check_unanswered(Path& path) {
  path_failed(path, PathInput::check_failed, {"no answer to a check within io_timeout"});
}

bool HeadCore::recheck(std::string_view name, bool revalidate) noexcept {
  const auto found = find(name);
  if (!found) return false;
  Path& path = **found;
  const MutexLock lock(mutex_);
  if (revalidate) {
    path.revalidating.store(true, std::memory_order_release);
    path.checker.disregard();
    evaluate();
  }
  path.checker.request();
  return true;
}

/// True when the head has grown.
bool HeadCore::take_check(Path& path, const Examination::Result& result) {
  const PathState before = path.state.load();
  if (before == PathState::offline) return false;
  path.disconnected = result.verdict == CheckResult::disconnected;
  if (result.verdict == CheckResult::down || result.verdict == CheckResult::disconnected) {
    path_failed(path, PathInput::check_failed, result.reason);
    return false;
  }
  // A command that has not come back since it passed io_timeout outranks what a check says.
  if (path.given_up.load() != 0) return false;
  if (!matches(path, result)) return false;
  path.blocks = result.facts.blocks;
  learn(result);
  if (result.scope == Examination::Scope::full) path.revalidating.store(false);

  AccessState access = path.access.load();
  Reason told = result.reason;
  if (!path.has_alua) {
    access = AccessState::optimized;  // all paths of such a device are alike
  } else if (result.facts.groups) {
    apply_groups(*result.facts.groups, path);
    access = path.access.load();
    if (result.verdict == CheckResult::up) told = groups_told();
  }
  if (result.verdict == CheckResult::pending) access = AccessState::transitioning;
  // A port group that answers so cannot be in a state that takes I/O.
  if (result.verdict == CheckResult::ghost &&
      (takes_io(access) || access == AccessState::unknown)) {
    access =
        result.access_state == AccessState::unknown ? AccessState::standby : result.access_state;
  }
  set_access(path, access, told);
  return settle(path, before, access, told);
}

/// What a look tells of the disk, beside whose it is.
void HeadCore::learn(const Examination::Result& result) {
  const PathFacts& facts = result.facts;
  if (result.scope == Examination::Scope::full) {
    if (facts.blocks != 0) {
      zeroing_.learn(facts.provisioning);
      resource_exponent_ = facts.provisioning.threshold_exponent;
    }
    // Who does not tell may have one.
    if (facts.write_cache) volatile_cache_ = *facts.write_cache;
    if (facts.forces_writes) forces_writes_.store(*facts.forces_writes, std::memory_order_relaxed);
  }
  if (facts.used_resources && resource_exponent_ != 0) {
    used_blocks_.store(std::uint64_t{*facts.used_resources} << resource_exponent_);
  }
}

/// The path works and is this head's: which state that is.
bool HeadCore::settle(Path& path, PathState before, AccessState access, const Reason& told) {
  if (access == AccessState::transitioning) {
    if (runtime().clock.now() >= path.transition_deadline) {
      path_failed(path, PathInput::check_failed,
                  of_group("its port group did not end its transition in time", told));
    } else {
      change_state(path, PathInput::check_moving,
                   of_group("its port group is changing state", told));
    }
    return false;
  }
  if (!takes_io(access)) {
    const Reason why = of_group(fmt::format("its port group is {}", to_string(access)), told);
    change_state(path, PathInput::check_ghost, why);
    path.reason = why.text;  // it may have been another state that takes no I/O
    return false;
  }
  if (path.blocks == 0) {
    // Its group takes I/O since a moment: the capacity must be known first.
    path.checker.request();
    return false;
  }
  const bool brought_back = before == PathState::unknown && path.admitted;
  change_state(
      path, PathInput::check_passed,
      {brought_back ? "brought back by the administrator" : "a check succeeded", told.end});
  path.admitted = true;
  return grow();
}

/// Whether it is still this head's disk; if not, it is out before it carries anything.
bool HeadCore::matches(Path& path, const Examination::Result& result) {
  const PathFacts& facts = result.facts;
  std::string why;
  const Identity& own = identity();
  if (result.scope == Examination::Scope::full &&
      (facts.identity.wwid != own.wwid || facts.identity.vendor != own.vendor ||
       facts.identity.product != own.product || facts.identity.serial != own.serial)) {
    why = fmt::format("another disk is behind the path now: {} {} {} serial '{}'",
                      facts.identity.wwid, facts.identity.vendor, facts.identity.product,
                      facts.identity.serial);
  } else if (facts.blocks != 0 && facts.identity.block_size != own.block_size) {
    why = fmt::format("the block size is {} now", facts.identity.block_size);
  } else if (facts.blocks != 0 && facts.blocks < blocks_.load()) {
    why = fmt::format("the disk has shrunk to {} blocks on this path", facts.blocks);
  }
  if (why.empty()) return true;
  const bool known = path.state.load() == PathState::failed && path.reason == why;
  path_failed(path, PathInput::check_failed, {why});
  path.reason = why;
  if (!known) tell(EventKind::identity_mismatch, &path, why);
  return false;
}

/// The head takes the size that every path which carries I/O reports.
bool HeadCore::grow() {
  std::uint64_t least = 0;
  for (const auto& path : paths_) {
    if (path->state.load() != PathState::running || path->blocks == 0) continue;
    least = least == 0 ? path->blocks : std::min(least, path->blocks);
  }
  const std::uint64_t before = blocks_.load();
  if (least <= before) return false;
  blocks_.store(least);
  tell(EventKind::capacity_changed, nullptr,
       fmt::format("grown from {} to {} bytes", before * identity().block_size,
                   least * identity().block_size));
  return true;
}

/// One answer speaks of every path whose group it lists; a path whose group it does not list keeps
/// its state.
void HeadCore::apply_groups(const scsi::TargetPortGroups& groups, Path& teller) {
  const Reason told = groups_told();
  for (const auto& path : paths_) {
    if (!path->has_alua) continue;
    const scsi::TargetPortGroup* const group = groups.find(path->target_port_group);
    if (group == nullptr) continue;
    const AccessState before = path->access.load();
    path->transition_time = groups.transition_time;
    set_access(*path, group->state, told);
    const bool came_up = takes_io(group->state) && !takes_io(before);
    if (came_up && path.get() != &teller) path->checker.request();
  }
}

void HeadCore::set_access(Path& path, AccessState state, const Reason& told) {
  const AccessState before = path.access.exchange(state);
  if (before == state) return;
  if (state == AccessState::transitioning) {
    path.transition_deadline = runtime().clock.now() + path.transition_time;
  }
  if (before != AccessState::unknown || path.admitted) {
    tell(EventKind::access_state_changed, &path,
         fmt::format("{} -> {}", to_string(before), to_string(state)));
  }
  if (state == AccessState::transitioning) {
    change_state(path, PathInput::access_moving,
                 of_group("its port group is changing state", told));
  } else if (!takes_io(state)) {
    const Reason why = of_group(fmt::format("its port group is {}", to_string(state)), told);
    change_state(path, PathInput::access_lost, why);
    if (path.state.load() == PathState::ghost) path.reason = why.text;
  }
}

}  // namespace scsimpath
