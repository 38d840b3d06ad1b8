// SPDX-License-Identifier: LGPL-2.1-or-later
// Keeps the events that were published.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "mutex.h"
#include "scsimpath/event.h"

namespace scsimpath::test {

/// Any thread.
class EventRecorder final : public EventSink {
 public:
  void publish(const Event& event) noexcept override {
    MutexLock lock(mutex_);
    events_.push_back(event);
  }

  [[nodiscard]] std::vector<Event> events() const {
    MutexLock lock(mutex_);
    return events_;
  }
  /// How many there are of a kind, of one path when it is named.
  [[nodiscard]] std::size_t count(EventKind kind, std::string_view path = {}) const {
    MutexLock lock(mutex_);
    return static_cast<std::size_t>(std::count_if(events_.begin(), events_.end(), [&](auto& event) {
      return event.kind == kind && (path.empty() || event.path == path);
    }));
  }
  void clear() {
    MutexLock lock(mutex_);
    events_.clear();
  }

 private:
  mutable Mutex mutex_;
  std::vector<Event> events_ GUARDED_BY(mutex_);
};

}  // namespace scsimpath::test
