// SPDX-License-Identifier: LGPL-2.1-or-later
// Heads and paths in full, a line for each thing that can be said.
#include "describe.h"

#include <fmt/format.h>

#include "text.h"

namespace scsimpath::ctl {
namespace {

/// Empty when no path is usable.
std::string next_text(const HeadReport& head) {
  if (head.next_path.empty() || head.next_path == head.next_write_path) return head.next_path;
  return fmt::format("{} for a read, {} for a write", head.next_path,
                     head.next_write_path.empty() ? "none" : head.next_write_path);
}

}  // namespace

std::string described(std::string_view name, std::string_view text) {
  return fmt::format("  {:<10} {}\n", name, text);
}

std::string joined(const Counters& counters) {
  std::string text;
  for (const auto& [name, count] : counters) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count);
  }
  return text;
}

std::string describe_head(const HeadReport& head) {
  std::string text = described("wwid", head.wwid);
  text += described("disk", fmt::format("{} {}, serial {}{}", head.vendor, head.model, head.serial,
                                        head.read_only ? ", write-protected" : ""));
  text += described("size", fmt::format("{} ({} bytes), block size {}", format_size(head.size),
                                        head.size, head.block_size));
  text += described("state", fmt::format("{}, {} of {} paths usable", head.state, head.paths_usable,
                                         head.paths_total));
  if (const std::string next = next_text(head); !next.empty()) text += described("next path", next);
  if (head.holds_writes) {
    text +=
        described("writes", "wait: commands that an earlier program has left may yet be executed");
  }
  text += described("requests", fmt::format("held {}, in flight {}", head.held, head.in_flight));
  if (head.ghosts != 0) {
    text += described(
        "ghosts",
        fmt::format("{} ranges are locked by writes that may yet be executed", head.ghosts));
  }
  if (head.no_path_deadline_s) {
    text +=
        described("deadline", fmt::format("held I/O fails in {:.1f} s", *head.no_path_deadline_s));
  }
  return text;
}

std::string describe_path(const PathReport& path) {
  std::string text = fmt::format("  path {}\n", path.name);
  text += described("  device",
                    fmt::format("{}, target port group {}", path.device, path.target_port_group));
  text +=
      described("  state", fmt::format("{}{}{}, {}", path.state, path.reason.empty() ? "" : ": ",
                                       path.reason, path.access_state));
  if (path.use != path.reason) text += described("  use", path.use);
  if (!path.numa_nodes.empty()) {
    text += described("  nodes", fmt::format("chosen by {}", fmt::join(path.numa_nodes, " ")));
  }
  if (!path.carries_writes) text += described("  writes", "none, until it is brought back");
  if (path.probation_s > 0) {
    text += described("  probation", fmt::format("{:.1f} s more", path.probation_s));
  }
  if (path.in_flight_limit > 0) {
    text += described("  busy", fmt::format("is given {} commands at once", path.in_flight_limit));
  }
  if (path.stuck_s > 0) {
    text += described("  late", fmt::format("a command since {:.1f} s", path.stuck_s));
  }
  if (path.abandoned > 0) {
    text +=
        described("  given up", fmt::format("{} commands that have not come back", path.abandoned));
  }
  std::string io = fmt::format("in flight {}, latency {} us", path.in_flight, path.latency_us);
  if (path.queue_depth > 0) io += fmt::format(", on its host port {}", path.queue_depth);
  text += described("  I/O", io);
  text += described("  counters", joined(path.counters));
  return text;
}

}  // namespace scsimpath::ctl
