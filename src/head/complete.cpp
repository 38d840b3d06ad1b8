// SPDX-License-Identifier: LGPL-2.1-or-later
// A clone's way up: retry at all, and where?
#include <algorithm>
#include <chrono>

#include "core.h"
#include "opcode.h"

namespace scsimpath {

using namespace std::chrono_literals;
using scsi::Action;
using scsi::Outcome;

namespace {

constexpr Duration first_delay = 10ms;
constexpr Duration longest_delay = 1s;
/// Of a master, by several paths in turn, until that counts as one path's.
constexpr std::uint8_t most_busies = 4 * Outcome::default_retries;

/// The kernel's error handler was at work, which resets logical units: a unit attention that
/// follows tells of that.
bool is_disturbance(const CommandResult& result) noexcept {
  const auto host = static_cast<scsi::HostByte>(result.host);
  return host == scsi::HostByte::time_out || host == scsi::HostByte::abort ||
         host == scsi::HostByte::reset;
}

/// The request whose retry is due.
Request& request_of(Timer& timer) noexcept {
  return static_cast<Request::RetryTimer&>(timer).request;
}

Duration delay_of(unsigned retry) noexcept {
  return std::min(first_delay * (1 << std::min(retry, 10U)), longest_delay);
}

}  // namespace

void HeadCore::command_done(Command& command) noexcept {
  Clone& clone = Clone::of(command);
  HeadCore& head = clone.path->head;
  CloneStage stage = clone.stage.load(std::memory_order_acquire);
  CloneStage next;
  do {
    next = stage == CloneStage::submitting ? CloneStage::done_inline : CloneStage::done;
  } while (!clone.stage.compare_exchange_weak(stage, next, std::memory_order_acq_rel));
  switch (stage) {
    case CloneStage::submitting:
    case CloneStage::abandoning:
      return;  // its submitter, or whoever abandons it, goes on with it
    case CloneStage::abandoned:
      return head.returned(clone);
    case CloneStage::pending:
    case CloneStage::done_inline:
    case CloneStage::done:
      break;
  }
  head.go_on_after(clone);
}

/// On a thread that must not be kept with another submission.
void HeadCore::go_on_after(Clone& clone) noexcept {
  Request& request = *clone.request;
  if (complete(clone) == Next::go_on) {
    hold(request);
    requeue_.ready(request);
  }
}

void HeadCore::release(Clone& clone) noexcept {
  if (clone.references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Path* const path = clone.path;
  if (clones_.give(&clone)) requeue_.kick();
  // After `end` the path may go, and the head with it, but not before the section ends. Whoever
  // finds the path full marks that before he looks once more: one of us sees the other.
  const RcuReadLock section;
  path->end();
  if (crowded_.load(std::memory_order_seq_cst) && crowded_.exchange(false)) requeue_.kick();
}

HeadCore::Next HeadCore::complete(Clone& clone) noexcept {
  Path& path = *clone.path;
  Request& request = *clone.request;
  const Outcome outcome = scsi::classify(clone.command);
  const bool good = outcome.action == Action::done;
  count(path, clone, good);
  if (clone.tracked && path.tracker.remove(clone)) {
    // Whatever it says: it is dead now, and what it says is true.
    if (path.given_up.fetch_sub(1, std::memory_order_acq_rel) == 1) requeue_.kick();
  }
  Reason reason;
  if (!good) {
    reason = scsi::reason(clone.command);
    if (clone.given_up) reason.text = scsi::unanswered(clone.command);
    if (is_disturbance(clone.command.result)) {
      const MutexLock lock(mutex_);  // a flush that is done meanwhile clears no mark of this one
      disturbed_.store(true, std::memory_order_relaxed);
    }
    take_hints(path, outcome, reason, clone.started);
    if (outcome.suspects_path) path_erred(path);
  }
  // The clone, and with it the path, is kept until the decision is made.
  Next next = Next::ended;
  switch (outcome.action) {
    case Action::done:
      next = succeed(request);
      break;
    case Action::path_error:
      next = fail_over(request, path, outcome, reason);
      break;
    case Action::retry:
      next = request.progress.retries < outcome.max_retries
                 ? retry(request, path)
                 : fail_over(request, path, outcome, reason);
      break;
    case Action::retry_then_elsewhere:
      next = request.progress.retries < outcome.max_retries
                 ? retry(request, path)
                 : elsewhere(request, path, outcome.error);
      break;
    case Action::elsewhere:
      next = elsewhere(request, path, outcome.error);
      break;
    case Action::busy:
      next = retry_busy(request, path, outcome);
      break;
    case Action::transitioning:
    case Action::hold_path:
      next = held_back(request, path, outcome, reason);
      break;
    case Action::fail:
      next = refused(request, outcome.error);
      break;
  }
  release(clone);
  return next;
}

HeadCore::Next HeadCore::succeed(Request& request) noexcept {
  if (suffering_.load(std::memory_order_relaxed) != 0) {
    last_success_.store(runtime().clock.now().time_since_epoch().count(),
                        std::memory_order_relaxed);
  }
  Request::Progress& progress = request.progress;
  if (progress.first_path_error != Instant{}) {
    progress.first_path_error = Instant{};
    suffering_.fetch_sub(1, std::memory_order_relaxed);
  }
  if (request.changes_blocks() && !flushes(request) && !progress.forced) {
    write_cache_.acknowledged();
  }
  if (!master_done(request)) return Next::go_on;
  if (flushes(request) && !flush_done(progress)) return flush_again(request);
  return end(request, IoError::none);
}

/// The disk was reset while it flushed: again, unless that has been so more often than a command is
/// retried, and for longer.
HeadCore::Next HeadCore::flush_again(Request& request) noexcept {
  Request::Progress& progress = request.progress;
  const Instant now = runtime().clock.now();
  if (progress.outrun == 0) progress.first_outrun = now;
  if (progress.outrun >= Outcome::default_retries &&
      now - progress.first_outrun >= Outcome::default_retries * io_timeout()) {
    return end(request, IoError::io);
  }
  // A write that was to last is written again, too.
  if (progress.syncing) start_over(progress);
  progress.new_budget();
  return later(request, delay_of(progress.outrun++));
}

/// `take_hints` has made the path unusable for now: another one, or wait. Each may say so once; but
/// a device that says so again and again, and the opposite when it is asked, is at fault.
HeadCore::Next HeadCore::held_back(Request& request, Path& path, const Outcome& outcome,
                                   const Reason& reason) noexcept {
  Request::Progress& progress = request.progress;
  const bool is_first_of_another =
      progress.holding_paths != 0 && (progress.holding_paths & path.bit()) == 0;
  progress.holding_paths |= path.bit();
  if (!is_first_of_another && progress.held_back++ >= Outcome::default_retries) {
    return fail_over(request, path, outcome, reason);
  }
  return later(request, Duration::zero());
}

/// The path is at fault: the whole master again, on another one. Costs no budget but time.
HeadCore::Next HeadCore::fail_over(Request& request, Path& path, const Outcome& outcome,
                                   const Reason& reason) noexcept {
  // A path whose port group takes no I/O has not failed: `take_hints` has made it a ghost.
  if (outcome.access_state == AccessState::unknown) {
    const MutexLock lock(mutex_);
    path.disconnected = outcome.disconnected;
    path_failed(path, PathInput::io_failed, reason);
  }
  failovers_.fetch_add(1, std::memory_order_relaxed);
  suffer(request);
  Request::Progress& progress = request.progress;
  progress.retries = 0;
  // Such a path has its turn when its group is active; but a device that says so again and again,
  // and the opposite when it is asked, is at fault.
  if (outcome.action == Action::path_error && outcome.access_state != AccessState::unknown &&
      progress.turned_away < Outcome::default_retries) {
    ++progress.turned_away;
  } else {
    progress.failed_paths |= path.bit();
  }
  return later(request, Duration::zero());
}

HeadCore::Next HeadCore::retry(Request& request, Path& path) noexcept {
  Request::Progress& progress = request.progress;
  retries_.fetch_add(1, std::memory_order_relaxed);
  progress.same_path = static_cast<std::uint8_t>(path.slot + 1);
  return later(request, delay_of(progress.retries++));
}

/// The path works and has no room. After some time the others have their turn; where all have had
/// it, `begin_on_path` decides whether that is the end.
HeadCore::Next HeadCore::retry_busy(Request& request, Path& path, const Outcome& outcome) noexcept {
  Request::Progress& progress = request.progress;
  path.room.shrink(path.in_flight.load(std::memory_order_relaxed) - 1, runtime().clock.now());
  suffer(request);
  retries_.fetch_add(1, std::memory_order_relaxed);
  // What the path before it has said is not held against it; but two that take turns in being busy
  // are not asked for ever.
  const auto which = static_cast<std::uint8_t>(path.slot + 1);
  if (std::exchange(progress.busy_path, which) != which && progress.busies < most_busies) {
    progress.retries = 0;
  }
  if (progress.busies < most_busies) ++progress.busies;
  if (progress.retries >= outcome.max_retries) {
    progress.failed_paths |= path.bit();
    progress.busies = 0;
    if (another_usable(request)) progress.retries = 0;
  }
  const Duration delay = delay_of(progress.retries);
  if (progress.retries < 0xff) ++progress.retries;
  return later(request, delay);
}

bool HeadCore::another_usable(const Request& request) const noexcept {
  const RcuReadLock section;
  return path_set_.load()->any_usable(runtime().clock.now(), request.progress.failed_paths);
}

/// The device is at fault, unless another path says otherwise: one of them is asked.
HeadCore::Next HeadCore::elsewhere(Request& request, Path& path, IoError error) noexcept {
  Request::Progress& progress = request.progress;
  progress.failed_paths |= path.bit();
  if (progress.tried_elsewhere || !another_usable(request)) return end(request, error);
  progress.tried_elsewhere = true;
  progress.retries = 0;
  retries_.fetch_add(1, std::memory_order_relaxed);
  return later(request, Duration::zero());
}

/// Through the requeue, after a delay: never from here. No longer than io_timeout: that is how long
/// the end of the mount waits.
HeadCore::Next HeadCore::later(Request& request, Duration delay) noexcept {
  if (stopping_.load(std::memory_order_acquire) && delay > Duration::zero()) {
    return end(request, IoError::io);
  }
  hold(request);
  if (delay == Duration::zero()) {
    requeue_.ready(request);
    return Next::waits;
  }
  Timer& timer = request.retry_timer;
  timer.fire = [](Timer& fired) noexcept {
    Request& due = request_of(fired);
    due.progress.head->requeue_.ready(due);
  };
  request.progress.phase.store(Request::Phase::delayed);
  runtime().timers.arm(timer, runtime().clock.now() + std::min(delay, io_timeout()));
  return Next::waits;
}

/// The target's answer stands, unless there is another way to do the same.
HeadCore::Next HeadCore::refused(Request& request, IoError error) noexcept {
  if (!do_without(request, error)) return end(request, error);
  if (!request.seeks()) return Next::go_on;
  answer_seek_alone(request);
  return end(request, IoError::none);
}

HeadCore::Next HeadCore::end(Request& request, IoError error) noexcept {
  finish(request, error);
  return Next::ended;
}

/// The current master has met an error that is not the device's: its clock starts.
void HeadCore::suffer(Request& request) noexcept {
  if (request.progress.first_path_error != Instant{}) return;
  request.progress.first_path_error = runtime().clock.now();
  suffering_.fetch_add(1, std::memory_order_relaxed);
}

/// Nothing but path errors for no_path_timeout, which is no time with `fail`, and nobody else fares
/// better.
bool HeadCore::suffered_enough(const Request& request) const noexcept {
  const Instant since = request.progress.first_path_error;
  const std::int64_t bound = no_path_timeout_.load(std::memory_order_relaxed);
  if (since == Instant{} || bound == HeadSettings::forever.count()) return false;
  const std::int64_t start =
      std::max(since.time_since_epoch().count(), last_success_.load(std::memory_order_relaxed));
  return runtime().clock.now().time_since_epoch().count() - start >= bound;
}

void HeadCore::count(Path& path, const Clone& clone, bool good) noexcept {
  path.commands.fetch_add(1, std::memory_order_relaxed);
  if (!good) {
    path.errors.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const std::uint64_t bytes = clone.command.data.size();
  if (clone.command.direction == Direction::from_device) {
    path.read_bytes.fetch_add(bytes, std::memory_order_relaxed);
  } else if (clone.command.direction == Direction::to_device) {
    path.write_bytes.fetch_add(bytes, std::memory_order_relaxed);
  }
  // A moving average for people; a lost update does not matter.
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(runtime().clock.now() - clone.started);
  const std::uint32_t before = path.latency_us.load(std::memory_order_relaxed);
  path.latency_us.store(before - before / 8 + static_cast<std::uint32_t>(took.count()) / 8,
                        std::memory_order_relaxed);
}

/// What an answer tells of the path and the disk, beside what becomes of the master.
void HeadCore::take_hints(Path& path, const Outcome& outcome, const Reason& reason,
                          Instant sent) noexcept {
  if (outcome.loses_writes) told_of_lost_writes(path, reason);
  if (outcome.bad_residual) {
    tell(EventKind::bad_residual, &path, "the device claims an impossible transfer length");
  }
  if (outcome.warn_space) {
    tell(EventKind::space_threshold, &path, "the device is running out of space");
  }
  const bool hold = outcome.revalidate || outcome.action == Action::hold_path;
  const AccessState access =
      outcome.action == Action::transitioning ? AccessState::transitioning : outcome.access_state;
  Duration pause{};
  if (hold || access != AccessState::unknown) {
    const MutexLock lock(mutex_);
    if (hold) {
      path.revalidating.store(true, std::memory_order_release);
      path.checker.disregard();
      // A device that asks for it again and again is not asked as fast as it answers.
      const Instant now = runtime().clock.now();
      if (now - path.last_held < 2 * contradiction_pause) pause = contradiction_pause;
      path.last_held = now;
    }
    if (outcome.reset_seen) reset_met(path, outcome.power_on, sent);
    if (access != AccessState::unknown) {
      set_access(path, access, reason);
      path.access_told = runtime().clock.now();
    }
    evaluate();
  }
  if (hold || outcome.refresh_capacity) {
    path.checker.request(pause);
  } else if (outcome.refresh_alua) {
    // Not at once where the path says one thing when it is asked and another to I/O.
    path.checker.request(access == AccessState::unknown ? Duration::zero() : contradiction_pause);
  }
}

}  // namespace scsimpath
