// SPDX-License-Identifier: LGPL-2.1-or-later
// An errno of an extended attribute to its cause and remedy.
#include "refusal.h"

#include <fmt/format.h>

#include <cerrno>

namespace scsimpath::ctl {
namespace {

/// Empty where the kernel has no limit.
std::string limits_text(const RequestTimeouts& timeouts) {
  std::string text;
  const auto add = [&](const char* file, std::uint64_t seconds) {
    if (seconds == 0) return;
    text += fmt::format("{}{} is {}", text.empty() ? "" : " and ", file, seconds);
  };
  add(RequestTimeouts::default_file, timeouts.by_default);
  add(RequestTimeouts::max_file, timeouts.at_most);
  return text;
}

/// The mount's parser alone knows; this tells a slip of the pen from a time that is too long.
bool looks_like_wait(std::string_view value) {
  return value == "queue" || value.find_first_of("0123456789") == 0;
}

std::string explain_value(const Refusal& refusal) {
  const std::string_view name = refusal.name;
  if (name.ends_with(".fault")) {
    return fmt::format("{}: not a fault; scsimpath(7) lists them", refusal.value);
  }
  if (name.starts_with("path.") && name.ends_with(".state")) {
    return fmt::format("{}: not a state that can be set; offline and running can", refusal.value);
  }
  std::string text =
      fmt::format("{}: not a value of {}; scsimpath(8) lists them", refusal.value, name);
  // These two make requests wait, and are refused where the kernel would end the mount before.
  const bool waits = name == "no_path_timeout" || name == "ghost_timeout";
  if (waits && looks_like_wait(refusal.value)) {
    // It keeps to what they were when it was mounted; what they are now is all that can be told.
    const std::string limits = limits_text(refusal.timeouts);
    text += "; or longer than the kernel let a request take when this was mounted; set less, or ";
    text += limits.empty()
                ? "mount again, now that it has no limit"
                : fmt::format("write 0 where it has a limit and mount again: {}", limits);
  }
  return text;
}

}  // namespace

Error explain_refusal(const Place& place, const Refusal& refusal, const Error& error) {
  const auto say = [&](std::string text) { return Error{error.number, std::move(text)}; };
  switch (error.number) {
    case EINVAL:
      return say(explain_value(refusal));
    case EPERM:
      return say(fmt::format("{}: cannot be set, only read", refusal.name));
    case EACCES:
      return say(fmt::format("{}: only the owner of the mount and root may set it", refusal.name));
    case EROFS:
      return say(
          fmt::format("{}: mounted with ro, where the kernel refuses every setting; unmount it "
                      "and mount it without ro",
                      place.mount.point));
    case ENODATA:
      if (refusal.is_fault_of_path) {
        return say(fmt::format("{}: only emulated paths have faults", refusal.name));
      }
      return say(
          fmt::format("{}: {} has no such setting or path; `scsimpathctl get FILE` lists "
                      "what it has",
                      refusal.name, place.head));
    case ENOENT:
      return say(fmt::format("{}: no such head in {}", place.head, place.mount.point));
    case ENOTCONN:
    case ECONNABORTED:
    case ETIMEDOUT:
      return explain(place.mount, error);
    default:
      return say(fmt::format("{} of {}: {}", refusal.name, place.head, error.message));
  }
}

}  // namespace scsimpath::ctl
