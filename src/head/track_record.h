// SPDX-License-Identifier: LGPL-2.1-or-later
// What a path has been through lately, and for how long it is used last because of that.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "scsimpath/runtime.h"

namespace scsimpath {

/// A path that fails again and again, or that works and garbles too many commands, is put on
/// probation, each time for twice as long. When that is over it is used again: it has proved itself
/// once nothing happens for `memory`, then everything is forgotten. Under the head's lock, unless
/// said otherwise.
class TrackRecord {
 public:
  static constexpr Duration memory = std::chrono::seconds(60);
  static constexpr Duration first_probation = std::chrono::seconds(1);
  static constexpr Duration longest_probation = std::chrono::seconds(60);
  /// The failure that is the first to cost a probation.
  static constexpr unsigned patience = 3;
  /// Errors within `memory` that are too many: at least so many, and one in so many commands.
  static constexpr std::uint64_t least_errors = 10;
  static constexpr std::uint64_t commands_per_error = 100;

  /// The path has failed, and is back after `back_after` at best. For people: what that means for
  /// it; empty: nothing.
  [[nodiscard]] std::string failed(Instant now, Duration back_after);
  /// A command met an error that is the path's and was tried again; the path has carried `commands`
  /// in all. For people, as above.
  [[nodiscard]] std::string erred(Instant now, std::uint64_t commands);
  /// The administrator knows better.
  void clear() noexcept;

  /// Any thread.
  [[nodiscard]] bool is_on_probation(Instant now) const noexcept { return left(now).count() > 0; }
  [[nodiscard]] Duration left(Instant now) const noexcept {
    return Duration(until_.load(std::memory_order_relaxed)) - now.time_since_epoch();
  }

 private:
  [[nodiscard]] bool remembers(Instant now) const noexcept;
  [[nodiscard]] Duration probation() const noexcept;

  std::atomic<std::int64_t> until_{0};  ///< nanoseconds of the clock, 0: never
  unsigned offences_ = 0;               ///< none of them forgotten
  Instant last_offence_{};
  // The errors of the present window.
  Instant window_begin_{};
  std::uint64_t commands_before_ = 0;
  std::uint64_t errors_ = 0;
};

}  // namespace scsimpath
