// SPDX-License-Identifier: LGPL-2.1-or-later
// Attempts that pass io_timeout: how long a user waits is not the device's to decide.
#include <algorithm>
#include <utility>

#include "core.h"

namespace scsimpath {

void HeadCore::attempt_given_up(Clone& clone) noexcept {
  Path& path = *clone.path;
  path.given_up.fetch_add(1);
  path.timeouts.fetch_add(1, std::memory_order_relaxed);
  const MutexLock lock(mutex_);
  // Under the lock: a flush that is done meanwhile may not have seen what the path keeps.
  disturbed_.store(true);
  if (path.stuck_since == Instant{}) path.stuck_since = clone.started;
  path_failed(path, PathInput::io_failed, {scsi::unanswered(clone.command)});
}

/// The request goes on at once. A read that comes late changes nothing but its buffer, so the
/// request takes another; a write may yet be executed, see ghosts.cpp; a flush does no harm.
void HeadCore::abandon(Clone& clone) noexcept {
  CloneStage stage = clone.stage.load();
  do {
    if (stage != CloneStage::submitting && stage != CloneStage::pending) return;
  } while (!clone.stage.compare_exchange_weak(stage, CloneStage::abandoning));
  Request& request = *clone.request;
  Path& path = *clone.path;
  if (!part_with(clone)) {
    stage = CloneStage::abandoning;
    if (!clone.stage.compare_exchange_strong(stage, CloneStage::pending)) go_on_after(clone);
    return;
  }
  path.abandoned.fetch_add(1, std::memory_order_relaxed);
  // Those that it keeps away are made up for.
  if (clones_.write_off()) requeue_.kick();
  stage = CloneStage::abandoning;
  const bool is_back = !clone.stage.compare_exchange_strong(stage, CloneStage::abandoned);
  // The path has failed already.
  (void)fail_over(request, path, {.action = scsi::Action::path_error, .error = IoError::io},
                  {scsi::unanswered(clone.command)});
  if (is_back) returned(clone);
}

/// The clone keeps the buffer that it moves. False: the request can't do without it.
bool HeadCore::part_with(Clone& clone) noexcept {
  Request& request = *clone.request;
  Request::Progress& progress = request.progress;
  if (clone.command.direction == Direction::none) return true;
  const bool changes = clone.command.direction == Direction::to_device;
  if (changes) {
    if (!haunt(request, *clone.path)) return false;
    clone.haunts = true;
  }
  if (needs_edge(request)) {
    clone.kept_edge = progress.edge;
    progress.edge = nullptr;
    if (edges_.write_off()) requeue_.kick();
    // The block is read once more: what has been done to it already is done again.
    if (changes && progress.using_edge) progress.filling_edge = true;
    return true;
  }
  if (changes) return true;  // it only reads the buffer, as those that follow it do
  const Bytes old = request.data;
  clone.kept_data = request.replace_data != nullptr && request.replace_data(request);
  if (!clone.kept_data) return false;
  // What earlier masters of the request have read; the clone writes behind it.
  std::ranges::copy(old.first(progress.position), request.data.begin());
  return true;
}

/// An abandoned clone is back: nobody asks for its end any more, but what the device says once it
/// may have said to this one.
void HeadCore::returned(Clone& clone) noexcept {
  Path& path = *clone.path;
  const scsi::Outcome outcome = scsi::classify(clone.command);
  if (outcome.reset_seen) told_of_reset(path, outcome.power_on, clone.started);
  if (outcome.loses_writes) told_of_lost_writes(path, scsi::reason(clone.command));
  path.commands.fetch_add(1, std::memory_order_relaxed);
  path.errors.fetch_add(1, std::memory_order_relaxed);
  path.abandoned.fetch_sub(1, std::memory_order_relaxed);
  if (clone.tracked && path.tracker.remove(clone)) {
    if (path.given_up.fetch_sub(1, std::memory_order_acq_rel) == 1) requeue_.kick();
  }
  EdgeBlock* const edge = clone.kept_edge;
  if (std::exchange(clone.haunts, false)) lay_ghost(*clone.request);
  Request* const owner = clone.kept_data ? clone.request : nullptr;
  clone.kept_edge = nullptr;
  clone.kept_data = false;
  if (edge != nullptr) {
    edges_.write_on();
    if (edges_.give(edge)) requeue_.kick();
  }
  clones_.write_on();
  release(clone);
  if (owner != nullptr) owner->data_returned(*owner);
}

}  // namespace scsimpath
