// SPDX-License-Identifier: LGPL-2.1-or-later
// When a path is put on probation.
#include "track_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace scsimpath {
namespace {

double seconds(Duration duration) noexcept {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

/// A probation does not count: nobody could prove anything meanwhile.
bool TrackRecord::remembers(Instant now) const noexcept {
  const Instant until{Duration(until_.load(std::memory_order_relaxed))};
  return offences_ != 0 && now - std::max(last_offence_, until) <= memory;
}

Duration TrackRecord::probation() const noexcept {
  if (offences_ < patience) return Duration::zero();
  constexpr unsigned enough = 6;
  return std::min(first_probation * (1 << std::min(offences_ - patience, enough)),
                  longest_probation);
}

std::string TrackRecord::failed(Instant now, Duration back_after) {
  offences_ = remembers(now) ? offences_ + 1 : 1;
  last_offence_ = now;
  errors_ = 0;
  const Duration penalty = probation();
  if (penalty == Duration::zero()) return {};
  until_.store((now + back_after + penalty).time_since_epoch().count(), std::memory_order_relaxed);
  return fmt::format("failed {} times in short order: when it is back it is used last for {} s",
                     offences_, seconds(penalty));
}

std::string TrackRecord::erred(Instant now, std::uint64_t commands) {
  if (is_on_probation(now)) return {};
  if (errors_ == 0 || now - window_begin_ > memory) {
    window_begin_ = now;
    commands_before_ = commands - 1;
    errors_ = 0;
  }
  ++errors_;
  const std::uint64_t carried = commands - commands_before_;
  if (errors_ < least_errors || (errors_ - 1) * commands_per_error < carried) return {};
  offences_ = std::max(remembers(now) ? offences_ + 1 : 1, patience);
  last_offence_ = now;
  const Duration penalty = probation();
  until_.store((now + penalty).time_since_epoch().count(), std::memory_order_relaxed);
  return fmt::format("{} of {} commands met an error of the path: it is used last for {} s",
                     std::exchange(errors_, 0), carried, seconds(penalty));
}

void TrackRecord::clear() noexcept {
  until_.store(0, std::memory_order_relaxed);
  offences_ = 0;
  errors_ = 0;
}

}  // namespace scsimpath
