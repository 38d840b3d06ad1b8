// SPDX-License-Identifier: LGPL-2.1-or-later
// Events on their way: to the file system's ring at once, to the log from a thread of its own,
// which also takes what else must not wait for the log.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "mutex.h"
#include "scsimpath/event.h"
#include "thread.h"

namespace scsimpath::daemon {

/// Writing a log may block, publishing must not.
class EventLogger final : public EventSink {
 public:
  /// Throws std::system_error without a thread.
  explicit EventLogger(EventSink& next);
  ~EventLogger() override;

  void publish(const Event& event) noexcept override;
  /// A line that is no event.
  void warn(const std::string& text) noexcept;

 private:
  using Entry = std::variant<Event, std::string>;

  /// When the log stands still for so many, the rest is only in the ring.
  static constexpr std::size_t most_waiting = 1000;

  template <class What>
  void add(const What& what) noexcept;
  void loop() noexcept;

  EventSink& next_;
  Mutex mutex_;  // a leaf
  CondVar changed_;
  std::vector<Entry> waiting_ GUARDED_BY(mutex_);
  bool over_ GUARDED_BY(mutex_) = false;
  Thread thread_;  // last: it uses all the others
};

}  // namespace scsimpath::daemon
