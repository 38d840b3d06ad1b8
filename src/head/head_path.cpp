// SPDX-License-Identifier: LGPL-2.1-or-later
// A path's usability and its counts.
#include "head_path.h"

#include "core.h"

namespace scsimpath {

Path::Path(HeadCore& owner, unsigned number, std::unique_ptr<Transport> way,
           const PathFacts& facts) noexcept
    : head(owner),
      slot(number),
      transport(std::move(way)),
      info(transport->info()),
      port(info.port),
      target_port_group(facts.target_port_group),
      has_alua(facts.has_alua),
      explicit_alua(facts.explicit_alua),
      tracker(owner.runtime(), *transport),
      checker(*this) {}

Rank Path::rank(Instant now) const noexcept {
  if (state.load(std::memory_order_acquire) != PathState::running ||
      revalidating.load(std::memory_order_acquire) ||
      given_up.load(std::memory_order_relaxed) != 0) {
    return Rank::unusable;
  }
  const bool full = is_full(now);
  const bool late = room.is_short(now) || record.is_on_probation(now);
  const auto at_best = [&](Rank rank) { return full ? Rank::full : late ? Rank::late : rank; };
  switch (access.load(std::memory_order_acquire)) {
    case AccessState::optimized:
      return at_best(Rank::optimized);
    case AccessState::non_optimized:
      return at_best(Rank::non_optimized);
    case AccessState::lba_dependent:
      return at_best(Rank::lba_dependent);
    case AccessState::standby:
    case AccessState::unavailable:
    case AccessState::offline:
    case AccessState::transitioning:
    case AccessState::unknown:
      return Rank::unusable;
  }
  return Rank::unusable;
}

bool Path::is_full(Instant now) const noexcept {
  const auto limit = room.limit(now);
  return limit && in_flight.load(std::memory_order_seq_cst) >= *limit;
}

bool Path::is_coming_back() const noexcept {
  const PathState now = state.load(std::memory_order_acquire);
  return now == PathState::transitioning || now == PathState::unknown ||
         (now == PathState::running && revalidating.load(std::memory_order_acquire)) ||
         // Its group has just become active: it is being asked.
         (now == PathState::ghost && takes_io(access.load(std::memory_order_acquire))) ||
         activating.load(std::memory_order_acquire);
}

bool Path::can_be_activated() const noexcept {
  const AccessState group = access.load(std::memory_order_acquire);
  return explicit_alua && state.load(std::memory_order_acquire) == PathState::ghost &&
         (group == AccessState::standby || group == AccessState::unavailable);
}

void Path::begin() noexcept {
  in_flight.fetch_add(1, std::memory_order_relaxed);
  port->in_flight.fetch_add(1, std::memory_order_relaxed);
}

void Path::end() noexcept {
  port->in_flight.fetch_sub(1, std::memory_order_relaxed);
  // Whoever waits for the path to be idle may destroy it after this. Ordered against those who find
  // it full: HeadCore::release.
  in_flight.fetch_sub(1, std::memory_order_seq_cst);
}

}  // namespace scsimpath
