// SPDX-License-Identifier: LGPL-2.1-or-later
// Says events in the log.
#include "event_logger.h"

#include <fmt/format.h>

#include <exception>
#include <string>
#include <utility>

#include "log.h"

namespace scsimpath::daemon {
namespace {

log::Level level_of(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::no_path:
    case EventKind::no_path_timeout:
    case EventKind::identity_mismatch:
    case EventKind::cache_lost:
    case EventKind::ghost_timeout:
      return log::Level::error;
    case EventKind::path_failed:
    case EventKind::path_demoted:
    case EventKind::reset_seen:
    case EventKind::bad_residual:
    case EventKind::space_threshold:
    case EventKind::write_abandoned:
    case EventKind::commands_left:
    case EventKind::group_activation:
      return log::Level::warning;
    case EventKind::head_added:
    case EventKind::head_removed:
    case EventKind::path_added:
    case EventKind::path_removed:
    case EventKind::path_reinstated:
    case EventKind::path_offline:
    case EventKind::path_state_changed:
    case EventKind::access_state_changed:
    case EventKind::paths_back:
    case EventKind::iopolicy_changed:
    case EventKind::setting_changed:
    case EventKind::capacity_changed:
      return log::Level::info;
  }
  return log::Level::info;
}

void say(const Event& event) noexcept {
  try {
    std::string text = fmt::format("{}: {}", event.head, to_string(event.kind));
    if (!event.path.empty()) text += " " + event.path;
    if (event.kind == EventKind::path_state_changed && event.state) {
      text += fmt::format(" {}", to_string(*event.state));
    }
    if (!event.reason.empty()) text += ": " + event.reason;
    log::write(level_of(event.kind), "{}", fmt::make_format_args(text));
  } catch (const std::exception&) {
    // Without memory for a line there is none.
  }
}

void say(const std::string& text) noexcept {
  log::warn("{}", text);
}

}  // namespace

EventLogger::EventLogger(EventSink& next) : next_(next), thread_("event log", [this] { loop(); }) {}

EventLogger::~EventLogger() {
  {
    const MutexLock lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void EventLogger::publish(const Event& event) noexcept {
  next_.publish(event);
  add(event);
}

void EventLogger::warn(const std::string& text) noexcept {
  add(text);
}

template <class What>
void EventLogger::add(const What& what) noexcept {
  try {
    const MutexLock lock(mutex_);
    if (waiting_.size() >= most_waiting) return;
    waiting_.emplace_back(what);
  } catch (const std::exception&) {
    return;
  }
  changed_.notify_one();
}

void EventLogger::loop() noexcept {
  while (true) {
    std::vector<Entry> entries;
    {
      MutexLock lock(mutex_);
      while (waiting_.empty() && !over_) changed_.wait(lock);
      if (waiting_.empty()) return;
      entries.swap(waiting_);
    }
    for (const Entry& entry : entries) {
      std::visit([](const auto& what) { say(what); }, entry);
    }
  }
}

}  // namespace scsimpath::daemon
