// SPDX-License-Identifier: LGPL-2.1-or-later
// A request's way down: take it, pick a path, send a clone; and its end.
#include <algorithm>

#include "core.h"
#include "topology.h"

namespace scsimpath {

using Phase = Request::Phase;

namespace {

/// How often a write looks whether a path carries writes again.
constexpr Duration trust_poll = std::chrono::seconds(1);

}  // namespace

void HeadCore::submit(Request& request) noexcept {
  Request::Progress& progress = request.progress;
  progress.head = this;
  progress.phase.store(Phase::moving, std::memory_order_relaxed);
  progress.was_sent = progress.holds_range = progress.filling_edge = progress.using_edge = false;
  progress.syncing = false;
  progress.outrun = 0;
  progress.forced = request.fua && forces_writes_.load(std::memory_order_relaxed);
  progress.position = progress.write_until = 0;
  progress.step = 0;
  progress.edge = nullptr;
  progress.first_path_error = Instant{};
  progress.ghosts = 0;
  progress.lingers = progress.timed = progress.kept = false;
  request.error = IoError::none;
  request.transferred = 0;
  request.found = 0;

  if (const IoError error = fit_to_disk(request); error != IoError::none) {
    return finish(request, error);
  }
  switch (request.operation) {
    case Operation::read:
      reads_.add();
      read_bytes_.add(request.data.size());
      break;
    case Operation::write:
      writes_.add();
      write_bytes_.add(request.data.size());
      break;
    case Operation::flush:
      flushes_.add();
      progress.flush_covers = write_cache_.begin_flush();
      break;
    case Operation::zero:
      writes_.add();
      break;
    case Operation::discard:
      unmaps_.add();
      break;
    case Operation::seek_data:
    case Operation::seek_hole:
      if (progress.end != 0 && zeroing_.tells_holes()) break;
      answer_seek_alone(request);
      return finish(request, IoError::none);
  }
  if (request.operation != Operation::flush && progress.end == 0) {
    return finish(request, IoError::none);
  }
  if (request.changes_blocks()) {
    hold(request);  // before others can see it wait
    if (!ranges_.acquire(request)) {
      requeues_.fetch_add(1, std::memory_order_relaxed);
      // Whoever stops all waiting may have looked for those who wait before this one came.
      if (stopping_.load()) ranges_.reconsider(true);
      return;
    }
    unhold(request);
  }
  carry(request);
}

void HeadCore::carry(Request& request) noexcept {
  for (;;) {
    Clone* done = nullptr;
    switch (submit_master(request, done)) {
      case Submission::under_way:
      case Submission::requeued:
      case Submission::failed:
        return;
      case Submission::completed:
        if (complete(*done) != Next::go_on) return;
        break;
    }
  }
}

HeadCore::Submission HeadCore::submit_master(Request& request, Clone*& done) noexcept {
  if (request.progress.cancelled.load(std::memory_order_relaxed)) {
    finish(request, IoError::interrupted);
    return Submission::failed;
  }
  // Read before looking: what changes after it kicks again.
  const std::uint64_t kicks = requeue_.kicks();
  if (!plan_master(request)) return wait(request, kicks);
  if (request.changes_blocks() && holds_writes_.load()) return wait(request, kicks);
  // It would succeed on a cache that may be empty.
  if (flushes(request) && suspecting_.load()) return wait(request, kicks);
  const Instant now = runtime().clock.now();
  const Instant last = last_moment(request);
  if (now >= last) {
    finish(request, IoError::io);
    return Submission::failed;
  }
  Path* const path = begin_on_path(request, now);
  if (path == nullptr) return no_usable_path(request, kicks);
  Clone* const clone = clones_.take();
  if (clone == nullptr) {
    path->end();
    return wait(request, kicks);
  }
  cut_master(request);  // the path may have joined since the master was planned
  if (request.operation == Operation::flush) request.progress.resets = resets_.load();
  clone->path = path;
  clone->request = &request;
  clone->started = now;
  clone->deadline = std::min(now + io_timeout(), last);
  request.progress.was_sent = true;
  clone->given_up = false;
  clone->kept_edge = nullptr;
  clone->kept_data = clone->haunts = false;
  const bool may_block = path->info.may_block;
  clone->references.store(may_block ? 2 : 1, std::memory_order_relaxed);
  clone->stage.store(CloneStage::submitting, std::memory_order_relaxed);
  build_command(request, clone->command);
  clone->command.timeout = io_timeout();
  clone->command.done = command_done;
  // A deadline, from here on where the submission may take as long as the device does, else when it
  // has returned without an end.
  if (may_block) path->tracker.add(*clone);
  path->transport->submit(clone->command);
  const Submission submission = after_submission(*clone, may_block);
  if (submission == Submission::completed) done = clone;
  // Until here it was needed, done and abandoned or not; whoever carries it has its own reference.
  if (may_block) release(*clone);
  return submission;
}

/// Whoever comes second, this or the end of the command, goes on with it; unless it was abandoned
/// meanwhile, then nobody does.
HeadCore::Submission HeadCore::after_submission(Clone& clone, bool tracked) noexcept {
  if (!tracked) {
    if (clone.stage.load(std::memory_order_acquire) == CloneStage::done_inline) {
      return Submission::completed;
    }
    clone.path->tracker.add(clone);
  }
  CloneStage stage = CloneStage::submitting;
  if (!clone.stage.compare_exchange_strong(stage, CloneStage::pending, std::memory_order_acq_rel) &&
      stage == CloneStage::done_inline) {
    return Submission::completed;
  }
  return Submission::under_way;
}

/// While the mount ends, whatever was under way has io_timeout from then on, not another one for
/// each further attempt.
Instant HeadCore::last_moment(const Request& request) const noexcept {
  if (!request.progress.was_sent || !stopping_.load(std::memory_order_acquire))
    return Instant::max();
  return Instant(Duration(stop_deadline_.load(std::memory_order_relaxed)));
}

Path* HeadCore::begin_on_path(Request& request, Instant now) noexcept {
  Request::Progress& progress = request.progress;
  const int node = current_numa_node();
  const RcuReadLock section;
  const PathSet& set = *path_set_.load();
  const std::uint64_t distrusted = request.changes_blocks() ? set.distrusted : 0;
  progress.only_distrusted = false;
  Path* path = nullptr;
  if (progress.same_path != 0) {
    for (const auto& candidate : set.paths) {
      if (candidate->slot + 1 == progress.same_path && candidate->rank(now) < Rank::late &&
          (candidate->bit() & distrusted) == 0) {
        path = candidate.get();
      }
    }
    if (path == nullptr) {
      const std::uint64_t left = std::uint64_t{1} << ((progress.same_path - 1U) % 64);
      path = set.choose(node, now, progress.failed_paths | distrusted | left);
      if (path != nullptr) {
        // It has failed this one, too: the retries on the next are counted anew.
        progress.failed_paths |= left;
        progress.retries = 0;
        suffer(request);
      }
    }
    progress.same_path = 0;
  }
  if (path == nullptr) path = set.choose(node, now, progress.failed_paths | distrusted);
  if (path == nullptr && progress.failed_paths != 0 && set.any_usable(now, distrusted)) {
    // Every usable path has failed it once: they came back since.
    if (suffered_enough(request)) {
      // One that is about to come back has its turn too; then there is a kick.
      progress.exhausted = !set.any_coming_back(progress.failed_paths | distrusted);
      return nullptr;
    }
    progress.failed_paths = 0;
    path = set.choose(node, now, distrusted);
  }
  progress.only_distrusted = path == nullptr && distrusted != 0 && set.any_usable(now, 0) &&
                             !set.any_coming_back(distrusted);
  if (path != nullptr && path->is_full(now)) {
    crowded_.store(true, std::memory_order_seq_cst);
    if (path->is_full(now)) return nullptr;  // a command that comes back kicks
  }
  // Counted before the section ends: whoever takes the path out waits for both.
  if (path != nullptr) path->begin();
  return path;
}

HeadCore::Submission HeadCore::no_usable_path(Request& request, std::uint64_t kicks) noexcept {
  const Request::Progress& progress = request.progress;
  if (progress.exhausted || failing_.load(std::memory_order_acquire) ||
      (progress.only_distrusted && trust_is_overdue(request))) {
    finish(request, IoError::io);
    return Submission::failed;
  }
  return wait(request, kicks);
}

/// Reads go on, so the head has paths: the rule for none, by the write's own clock. False: it may
/// wait, and will look again.
bool HeadCore::trust_is_overdue(Request& request) noexcept {
  suffer(request);
  const Instant now = runtime().clock.now();
  const Duration waited = now - request.progress.first_path_error;
  const Duration bound(no_path_timeout_.load(std::memory_order_relaxed));
  Duration pause = trust_poll;
  if (!seek_trusted_path(now)) {
    if (bound != HeadSettings::forever && waited >= bound) return true;
    pause = std::min<Duration>(pause, bound - waited);
  }
  // One timer for all of them.
  if (!trust_timer_armed_.exchange(true)) runtime().timers.arm(trust_timer_, now + pause);
  return false;
}

HeadCore::Submission HeadCore::wait(Request& request, std::uint64_t kicks) noexcept {
  if (request.no_wait || stopping_.load(std::memory_order_acquire)) {
    finish(request, request.no_wait ? IoError::again : IoError::io);
    return Submission::failed;
  }
  requeues_.fetch_add(1, std::memory_order_relaxed);
  hold(request);
  requeue_.park(request, kicks);
  return Submission::requeued;
}

void HeadCore::finish(Request& request, IoError error) noexcept {
  Request::Progress& progress = request.progress;
  if (progress.first_path_error != Instant{}) {
    progress.first_path_error = Instant{};
    suffering_.fetch_sub(1, std::memory_order_relaxed);
  }
  if (progress.holds_range && !ranges_.release(request)) return finish_haunted(request, error);
  answer(request, error);
}

void HeadCore::answer(Request& request, IoError error) noexcept {
  Request::Progress& progress = request.progress;
  if (progress.edge != nullptr) {
    EdgeBlock* const edge = progress.edge;
    progress.edge = nullptr;
    if (edges_.give(edge)) requeue_.kick();
  }
  request.error = error;
  const bool moves = request.operation == Operation::read || request.operation == Operation::write;
  request.transferred = moves ? static_cast<std::uint32_t>(progress.position) : 0;
  if (error != IoError::none && error != IoError::interrupted) {
    errors_.fetch_add(1, std::memory_order_relaxed);
  }
  progress.cancelled.store(false, std::memory_order_relaxed);
  progress.phase.store(Phase::idle, std::memory_order_release);
  // Its data is kept while it lingers; else nothing has it any more.
  const auto returned = progress.kept && !progress.lingers ? request.data_returned : nullptr;
  request.done(request);
  if (returned != nullptr) returned(request);
}

void HeadCore::cancel(Request& request) noexcept {
  Request::Progress& progress = request.progress;
  progress.cancelled.store(true);
  if (ranges_.recall(request)) {
    unhold(request);
    request.error = IoError::interrupted;
    return answer_haunted(request);
  }
  const bool mine =
      requeue_.withdraw(request) || ranges_.withdraw(request) ||
      (progress.phase.load() == Phase::delayed && runtime().timers.cancel(request.retry_timer));
  if (!mine) return;
  unhold(request);
  finish(request, IoError::interrupted);
}

}  // namespace scsimpath
