// SPDX-License-Identifier: LGPL-2.1-or-later
// Paths that join and leave a head, and the changes of their states.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "core.h"

namespace scsimpath {

using namespace std::chrono_literals;

namespace {

constexpr unsigned max_paths = 64;
/// How often a path that is being taken out is looked at; keeps its counters plain.
constexpr Duration removal_poll = 5ms;
/// Before a path is asked that has just failed: one that fails I/O and passes checks must not go
/// round as fast as it answers.
constexpr Duration failure_pause = 1s;
/// After the first path of a disk, or the first that is back, the others are being found.
constexpr Duration paths_gather = 5s;

}  // namespace

Result<bool> HeadCore::join(std::unique_ptr<Transport>& transport,
                            const Examination::Result& first_look, std::string distrust) {
  const PathFacts& facts = first_look.facts;
  const Identity& own = identity();
  const std::string& path_name = transport->info().name;
  Identity theirs = facts.identity;
  if (facts.blocks == 0) theirs.block_size = own.block_size;  // not told: checked before any I/O
  if (theirs != own) {
    std::string why = fmt::format(
        "{} reports WWID {} as {} {} serial '{}' with {}-byte blocks, but the head is "
        "{} {} serial '{}' with {}-byte blocks: another disk with the same WWID is "
        "refused",
        path_name, theirs.wwid, theirs.vendor, theirs.product, theirs.serial, theirs.block_size,
        own.vendor, own.product, own.serial, own.block_size);
    parts_.events.publish({EventKind::identity_mismatch, name(), path_name, why});
    return fail(ENOTUNIQ, std::move(why));
  }
  bool grown = false;
  {
    const MutexLock lock(mutex_);
    if (closed_) return fail(ESHUTDOWN, "the head is going away");
    const std::uint64_t blocks = blocks_.load();
    // It may have grown while there was no path.
    const bool may_grow = paths_.empty() && facts.blocks > blocks;
    if (facts.blocks != 0 && facts.blocks != blocks && !may_grow) {
      std::string why =
          fmt::format("{} reports {} blocks and the head has {}: a path of another size is refused",
                      path_name, facts.blocks, blocks);
      parts_.events.publish({EventKind::identity_mismatch, name(), path_name, why});
      return fail(EMEDIUMTYPE, std::move(why));
    }
    for (const auto& other : paths_) {
      if (other->info.name == path_name) {
        return fail(EEXIST, fmt::format("path {} is there already", path_name));
      }
    }
    if (~slots_ == 0) {
      return fail(
          ENOSPC,
          fmt::format("a head takes {} paths, those that are being removed included", max_paths));
    }
    // Requests know by the slot which paths have failed them: one that went is not taken again
    // soon.
    const auto free = static_cast<unsigned>(std::countr_one(std::rotr(slots_, next_slot_)));
    const unsigned slot = (next_slot_ + free) % max_paths;
    if (paths_.empty()) gathering_until_ = runtime().clock.now() + paths_gather;
    auto path = std::make_shared<Path>(*this, slot, std::move(transport), facts);
    slots_ |= path->bit();
    next_slot_ = static_cast<int>((slot + 1) % max_paths);
    std::uint32_t most = max_transfer_.load();
    if (path->info.max_transfer != 0) most = std::min(most, path->info.max_transfer);
    if (facts.max_transfer != 0) {
      const std::uint64_t bytes = std::uint64_t{facts.max_transfer} * own.block_size;
      most = static_cast<std::uint32_t>(std::min<std::uint64_t>(most, bytes));
    }
    max_transfer_.store(std::max(most, own.block_size));
    // In the order of their names, whichever answered first: users see it, and ties go by it.
    const auto by_name = [](const auto& a, const auto& b) {
      return ::strverscmp(a->info.name.c_str(), b->info.name.c_str()) < 0;
    };
    paths_.insert(std::ranges::upper_bound(paths_, path, by_name), path);
    path->distrusted = std::move(distrust);
    publish();
    tell(EventKind::path_added, path.get(), path->info.device);
    if (!path->distrusted.empty()) tell(EventKind::commands_left, path.get(), path->distrusted);
    path->checker.begin();
    // A flush that comes after it may find an empty cache.
    if (first_look.reset_seen) resets_.fetch_add(1);
    // What the first look found makes it usable.
    grown = take_check(*path, first_look);
    evaluate();
  }
  reclaim();
  return grown;
}

bool HeadCore::has_path(std::string_view path) const {
  const MutexLock lock(mutex_);
  return std::ranges::any_of(paths_, [&](const auto& other) { return other->info.name == path; });
}

bool HeadCore::is_abandoned() const {
  const MutexLock lock(mutex_);
  return paths_.empty() && failing_.load() && !closed_;
}

/// Unpublish, wait for the submitters that saw it, wait for its commands, close: in that order.
bool HeadCore::remove_path(std::string_view name, std::function<void()> removed) {
  std::shared_ptr<Path> path;
  {
    const MutexLock lock(mutex_);
    const auto found =
        std::ranges::find_if(paths_, [&](const auto& other) { return other->info.name == name; });
    if (found == paths_.end()) return false;
    path = *found;
    path->removed.store(true);
    paths_.erase(found);
    publish();
  }
  reclaim();
  path->checker.stop();
  const MutexLock lock(mutex_);
  tell(EventKind::path_removed, path.get(), {});
  judge_reset();
  removals_.push_back({path, std::move(removed)});
  // A flush that was done while it was in neither list has not seen what it keeps.
  if (path->keeps_command()) disturbed_.store(true);
  runtime().timers.arm(removal_timer_, runtime().clock.now());
  // After the submitters: what they have parked meanwhile is kicked.
  evaluate();
  return true;
}

void HeadCore::poll_removals() noexcept {
  std::vector<Removal> over;
  {
    const MutexLock lock(mutex_);
    std::erase_if(removals_, [&](Removal& removal) {
      const Path& path = *removal.path;
      const bool idle = path.in_flight.load(std::memory_order_acquire) == 0 && path.checker.idle();
      if (idle) over.push_back(std::move(removal));
      return idle;
    });
    for (const Removal& removal : over) slots_ &= ~removal.path->bit();
  }
  // Whoever has ended the last command may not have left yet: HeadCore::release.
  if (!over.empty()) rcu_synchronize();
  for (Removal& removal : over) {
    removal.path->tracker.stop();
    removal.path.reset();
    if (removal.removed) removal.removed();
  }
  over.clear();
  const MutexLock lock(mutex_);
  if (!removals_.empty()) {
    runtime().timers.arm(removal_timer_, runtime().clock.now() + removal_poll);
  }
}

Result<std::shared_ptr<Path>> HeadCore::find(std::string_view name) const {
  const MutexLock lock(mutex_);
  for (const auto& path : paths_) {
    if (path->info.name == name) return path;
  }
  return fail(ENODATA, fmt::format("{} has no path '{}'", parts_.name, name));
}

Result<void> HeadCore::set_path_state(std::string_view name, PathState state) {
  const auto found = find(name);
  if (!found) return std::unexpected(found.error());
  Path& path = **found;
  if (state != PathState::offline && state != PathState::running) {
    return fail(EINVAL, "a path's state can be set to offline or running");
  }
  bool publishes = false;
  {
    const MutexLock lock(mutex_);
    if (path.removed.load()) return fail(ENODATA, "the path is being removed");
    if (state == PathState::offline) {
      if (!change_state(path, PathInput::taken_out, {"taken out by the administrator"})) {
        return {};
      }
      path.checker.disregard();
    } else {
      if (change_state(path, PathInput::brought_back,
                       {"brought back by the administrator, not checked yet"})) {
        path.record.clear();
      }
      publishes = !path.distrusted.empty();
      path.distrusted.clear();
      path.checker.request();
      // While its device keeps an older command it is not about to be decided about.
      if (path.checker.is_late()) {
        check_unanswered(path);
      } else if (path.given_up.load() != 0) {
        path_failed(path, PathInput::check_failed,
                    {"it has not given back a command that passed io_timeout"});
      }
    }
    if (publishes) publish();
    evaluate();
  }
  if (publishes) reclaim();
  return {};
}

bool HeadCore::distrust(std::string_view name, const std::string& why) {
  const auto path = find(name);
  if (!path) return false;
  {
    const MutexLock lock(mutex_);
    (*path)->distrusted = why;
    tell(EventKind::commands_left, path->get(), why);
    publish();
    evaluate();
  }
  reclaim();
  return true;
}

void HeadCore::let_write() noexcept {
  holds_writes_.store(false);
  requeue_.kick();
}

Result<std::string> HeadCore::path_fault(std::string_view name) const {
  const auto path = find(name);
  if (!path) return std::unexpected(path.error());
  FaultInjection* const faults = (*path)->transport->faults();
  if (faults == nullptr) return fail(ENODATA, "faults can be injected into emulated paths only");
  return faults->fault();
}

Result<void> HeadCore::set_path_fault(std::string_view name, std::string_view specification) {
  const auto path = find(name);
  if (!path) return std::unexpected(path.error());
  FaultInjection* const faults = (*path)->transport->faults();
  if (faults == nullptr) return fail(ENODATA, "faults can be injected into emulated paths only");
  return faults->set_fault(specification);
}

void HeadCore::publish() noexcept {
  auto set = std::make_unique<PathSet>();
  set->policy = settings_.iopolicy;
  set->paths = paths_;
  for (const auto& path : paths_) {
    if (!path->distrusted.empty()) set->distrusted |= path->bit();
  }
  retired_.push_back(path_set_.exchange(set.release()));
}

void HeadCore::reclaim() noexcept {
  std::vector<const PathSet*> old;
  {
    const MutexLock lock(mutex_);
    old.swap(retired_);
  }
  rcu_synchronize();
  for (const PathSet* set : old) delete set;
}

/// True when the state is another now, which is told.
bool HeadCore::change_state(Path& path, PathInput input, const Reason& reason) {
  const PathState before = path.state.load();
  const PathState after = next_state(before, input);
  path.state.store(after, std::memory_order_release);
  if (after == before) return false;
  path.reason = after == PathState::running ? std::string() : reason.text;
  EventKind kind = EventKind::path_state_changed;
  if (after == PathState::failed) kind = EventKind::path_failed;
  if (after == PathState::offline) kind = EventKind::path_offline;
  // That a new one works is part of its being added.
  if (after == PathState::running && path.admitted) kind = EventKind::path_reinstated;
  parts_.events.publish({kind, name(), path.info.name, reason.text, after, reason.end});
  return true;
}

void HeadCore::path_failed(Path& path, PathInput input, const Reason& reason) {
  if (path.removed.load()) return;
  // What I/O has found outranks a check that is under way.
  if (input == PathInput::io_failed) {
    path.checker.disregard();
    path.checker.pause(failure_pause);
  }
  const bool was_running = path.state.load() == PathState::running;
  if (!change_state(path, input, reason)) return;
  path.revalidating.store(false);
  if (was_running) {
    demoted(path, path.record.failed(runtime().clock.now(), settings_.checker_interval));
  }
  evaluate();
  judge_reset();
}

/// It works, and a command has met an error that is the path's.
void HeadCore::path_erred(Path& path) noexcept {
  const MutexLock lock(mutex_);
  if (path.removed.load()) return;
  demoted(path, path.record.erred(runtime().clock.now(), path.commands.load()));
}

void HeadCore::demoted(const Path& path, std::string why) noexcept {
  if (!why.empty()) tell(EventKind::path_demoted, &path, std::move(why));
}

}  // namespace scsimpath
