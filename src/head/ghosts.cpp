// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes that were given up and may yet be executed: such an attempt is a ghost, its range is
// haunted. Nobody else writes there before the last one is dead, whatever the user was told.
#include <fmt/format.h>

#include "core.h"

namespace scsimpath {

namespace {

Request& request_of(Timer& timer) noexcept {
  return static_cast<Request::RetryTimer&>(timer).request;
}

}  // namespace

/// False: whoever made the request can't do without its data, so the device is waited for.
bool HeadCore::haunt(Request& request, const Path& path) noexcept {
  Request::Progress& progress = request.progress;
  if (!progress.kept) {
    if (request.keep_data == nullptr) return false;
    progress.kept = true;
    request.keep_data(request);
  }
  if (!ranges_.haunt(request)) return true;
  ghosts_.fetch_add(1, std::memory_order_relaxed);
  tell(EventKind::write_abandoned, &path,
       fmt::format("a write got no answer within io_timeout and may yet be executed: blocks {} to "
                   "{} are locked until it is dead",
                   progress.first_block, progress.end_block - 1));
  return true;
}

/// An attempt that was given up is back, so it is dead.
void HeadCore::lay_ghost(Request& request) noexcept {
  const auto laid = ranges_.lay(request);
  if (laid == RangeLock::Laid::others_left) return;
  ghosts_.fetch_sub(1, std::memory_order_relaxed);
  switch (laid) {
    case RangeLock::Laid::others_left:
    case RangeLock::Laid::under_way:
      return;
    case RangeLock::Laid::awaited:
      unhold(request);
      return finish(request, request.error);
    case RangeLock::Laid::lingered:
      return request.data_returned(request);
  }
}

/// The request would end with `error`, but for its ghosts. Without an error the answer waits for
/// them, unless no other host could write before they are dead; an error does not.
void HeadCore::finish_haunted(Request& request, IoError error) noexcept {
  const bool exclusive = exclusive_.load(std::memory_order_relaxed);
  if (error == IoError::none && !exclusive && stopping_.load(std::memory_order_acquire)) {
    error = IoError::io;
  }
  request.error = error;
  if (error != IoError::none || exclusive) return answer_haunted(request);
  hold(request);  // before others can see it wait
  if (ranges_.await(request)) {
    // Whoever has ended such waiting may have looked for those who wait before this one came.
    if (stopping_.load() || exclusive_.load()) ranges_.reconsider(false);
    return;
  }
  unhold(request);
  finish(request, error);
}

void HeadCore::answer_haunted(Request& request) noexcept {
  const IoError error = request.error;
  if (!ranges_.linger(request)) return finish(request, error);
  answer(request, error);
}

/// Of a request that waits for its own ghosts, or for a range that is haunted.
void HeadCore::ghost_timer_fired(Timer& timer) noexcept {
  Request& request = request_of(timer);
  request.progress.head->ghosts_are_due(request);
}

void HeadCore::ghosts_are_due(Request& request) noexcept {
  const bool exclusive = exclusive_.load(std::memory_order_relaxed);
  const bool stopping = stopping_.load(std::memory_order_acquire);
  const auto due = ranges_.timer_fired(request, exclusive, stopping);
  if (due == RangeLock::Due::goes_on) return;
  unhold(request);
  if (due == RangeLock::Due::laid) return finish(request, request.error);
  const bool cancelled = request.progress.cancelled.load();
  IoError error = cancelled ? IoError::interrupted : IoError::io;
  if (due == RangeLock::Due::haunted && exclusive && !cancelled) error = IoError::none;
  if (error == IoError::io && !stopping) {
    tell(EventKind::ghost_timeout, nullptr,
         "a write that may yet be executed is not dead after ghost_timeout: whoever waits for it "
         "gets an error");
  }
  if (due == RangeLock::Due::behind) return finish(request, error);
  request.error = error;
  answer_haunted(request);
}

}  // namespace scsimpath
