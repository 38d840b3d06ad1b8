// SPDX-License-Identifier: LGPL-2.1-or-later
// The last events, kept as the lines that `.scsimpath/events` shows.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mutex.h"
#include "scsimpath/event.h"

namespace scsimpath::fuse {

/// A ring: when it is full the oldest line goes. Every method: any thread.
class EventLog final : public EventSink {
 public:
  static constexpr std::size_t capacity = 1000;
  using WallTime = std::chrono::system_clock::time_point;
  using Now = WallTime (*)() noexcept;

  explicit EventLog(Now now = &system_now);

  void publish(const Event& event) noexcept override;

  /// Sequence numbers, from 0: of the oldest line kept, and of the line to come.
  [[nodiscard]] std::uint64_t oldest() const noexcept;
  [[nodiscard]] std::uint64_t end() const noexcept;

  /// Appends whole lines from `cursor` on to `out` until it holds `enough` bytes or there are no
  /// more, and moves `cursor` behind them. Lines that left the ring unread are told by one line
  /// `dropped`.
  void read(std::uint64_t& cursor, std::size_t enough, std::string& out) const;

  /// Called after each event, by the publisher; must not block. Null: nobody. Once this returns
  /// the former one is not called any more.
  void set_listener(std::function<void()> listener);

 private:
  static WallTime system_now() noexcept;

  const Now now_;
  mutable Mutex mutex_;  // a leaf: publish may be called with a head's lock held
  std::vector<std::string> ring_ GUARDED_BY(mutex_);
  std::uint64_t end_ GUARDED_BY(mutex_) = 0;
  std::function<void()> listener_ GUARDED_BY(mutex_);
};

/// RFC 3339 in UTC with microseconds, `2026-01-31T12:00:00.000001Z`.
[[nodiscard]] std::string rfc3339(EventLog::WallTime time);

}  // namespace scsimpath::fuse
