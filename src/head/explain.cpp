// SPDX-License-Identifier: LGPL-2.1-or-later
// Which path the next command would take, and why not the others.
#include "explain.h"

#include <fmt/format.h>

#include <chrono>

namespace scsimpath {

namespace {

std::string why_unusable(const Path& path) {
  if (path.state.load() != PathState::running) return path.reason;
  return "whose disk it leads to is being asked";
}

std::string why_late(const Path& path, Instant now) {
  if (path.record.is_on_probation(now)) {
    return fmt::format("on probation for {:.0f} s, only when no other is usable",
                       std::chrono::duration<double>(path.record.left(now)).count());
  }
  return "it has answered busy, only when no other is usable";
}

std::string_view why_not_of_equals(IoPolicy policy) noexcept {
  switch (policy) {
    case IoPolicy::numa:
      return "as good, but not nearer or earlier in the list";
    case IoPolicy::round_robin:
      return "its turn comes later";
    case IoPolicy::queue_depth:
      return "its port has no fewer commands in flight";
  }
  return "";
}

}  // namespace

std::string explain_use(const Path& path, const Choice& next, IoPolicy policy, Instant now) {
  const Rank rank = path.rank(now);
  const Path* const chosen = next.read;
  if (&path == next.read || &path == next.write) {
    std::string text = fmt::format("takes the next {}", next.read == next.write ? "command"
                                                        : &path == next.read    ? "read"
                                                                                : "write");
    if (rank == Rank::full) text += ", when one of its own has come back";
    if (!path.distrusted.empty()) text += "; " + path.distrusted;
    return text;
  }
  if (rank == Rank::unusable) return why_unusable(path);
  if (rank == Rank::late) return why_late(path, now);
  if (rank == Rank::full) return "has as many commands as it had when it answered busy";
  if (chosen != nullptr && chosen->rank(now) < rank) {
    return fmt::format("{}, only when none that is {} is usable", to_string(path.access.load()),
                       to_string(chosen->access.load()));
  }
  return std::string(why_not_of_equals(policy));
}

}  // namespace scsimpath
