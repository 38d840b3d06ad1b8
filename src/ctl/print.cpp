// SPDX-License-Identifier: LGPL-2.1-or-later
// How heads and paths look on a terminal.
#include "print.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "exit_status.h"
#include "text.h"

namespace scsimpath::ctl {
namespace {

struct Widths {
  std::size_t name = 0, state = 0, access_state = 0, device = 0;
};

Widths widths_of(const std::vector<PathReport>& paths) {
  Widths widths;
  const auto grow = [](std::size_t& width, const std::string& text) {
    width = std::max(width, text.size());
  };
  for (const PathReport& path : paths) {
    grow(widths.name, path.name);
    grow(widths.state, path.state);
    grow(widths.access_state, path.access_state);
    grow(widths.device, path.device);
  }
  return widths;
}

std::string path_text(const PathReport& path, const Widths& widths) {
  std::string text =
      fmt::format("{:<{}}  {:<{}}  {:<{}}  {:<{}}  in flight {}  errors {}", path.name, widths.name,
                  path.state, widths.state, path.access_state, widths.access_state, path.device,
                  widths.device, path.in_flight, path.errors);
  if (path.probation_s > 0) text += fmt::format("  on probation {:.0f} s", path.probation_s);
  if (!path.reason.empty()) text += fmt::format("  ({})", path.reason);
  return text;
}

int severity(const HeadReport& head) {
  if (head.state == "ok") return check_ok;
  if (head.state == "degraded") return check_degraded;
  return check_critical;
}

std::string_view verdict_word(int exit_status) {
  if (exit_status == check_ok) return "ok";
  return exit_status == check_degraded ? "degraded" : "critical";
}

/// 1.5TiB: without the blank, so that the line can be cut at blanks.
std::string size_text(std::uint64_t bytes) {
  std::string text = format_size(bytes);
  std::erase(text, ' ');
  return text;
}

}  // namespace

std::string head_text(const HeadReport& head, std::string_view mount_point) {
  std::string text = head.name;
  if (head.wwid != head.name) text += fmt::format(" ({})", head.wwid);
  text += fmt::format(" {},{} {}/{}\n", head.vendor, head.model, mount_point, head.name);
  text += fmt::format("size={} policy='{}' state={} paths={}/{} held={} in_flight={}",
                      size_text(head.size), head.iopolicy, head.state, head.paths_usable,
                      head.paths_total, head.held, head.in_flight);
  if (head.ghosts != 0) text += fmt::format(" ghosts={}", head.ghosts);
  if (head.holds_writes) text += " writes=held";
  if (head.no_path_deadline_s) {
    text += fmt::format(" no_path_deadline={:.1f}s", *head.no_path_deadline_s);
  }
  text += '\n';
  const Widths widths = widths_of(head.paths);
  for (const PathReport& path : head.paths) {
    const bool last = &path == &head.paths.back();
    text += fmt::format("{} {}\n", last ? "`-" : "|-", path_text(path, widths));
  }
  return text;
}

std::string choice_text(const HeadReport& head) {
  const std::string_view held =
      "writes wait: commands that an earlier program has left may yet be executed";
  std::string text;
  if (head.next_path.empty()) {
    text = "the next read or write waits or fails: no path is usable";
    if (head.no_path_deadline_s) {
      text +=
          fmt::format("; held I/O fails in {:.1f} s (no_path_timeout)", *head.no_path_deadline_s);
    } else if (head.state == "holding") {
      text += "; it is held without a bound: `set FILE no_path_timeout fail` frees it";
    }
    if (head.holds_writes) text += fmt::format("\n{}", held);
  } else if (head.holds_writes) {
    text = fmt::format("the next read takes {}; {}", head.next_path, held);
  } else if (head.next_path == head.next_write_path) {
    text = fmt::format("the next read or write takes {}", head.next_path);
  } else if (head.next_write_path.empty()) {
    text =
        fmt::format("the next read takes {}; the next write waits: no usable path carries writes",
                    head.next_path);
  } else {
    text = fmt::format("the next read takes {}, the next write {}", head.next_path,
                       head.next_write_path);
  }
  return text + '\n';
}

Verdict judge(const std::vector<HeadReport>& heads) {
  Verdict verdict{check_ok, ""};
  std::uint64_t usable = 0;
  std::uint64_t total = 0;
  std::string troubled;
  for (const HeadReport& head : heads) {
    usable += head.paths_usable;
    total += head.paths_total;
    if (severity(head) == check_ok) continue;
    verdict.exit_status = std::max(verdict.exit_status, severity(head));
    troubled +=
        fmt::format("; {} {} {}/{}", head.name, head.state, head.paths_usable, head.paths_total);
  }
  verdict.text =
      fmt::format("{}: {} {}, {} of {} paths usable{}", verdict_word(verdict.exit_status),
                  heads.size(), heads.size() == 1 ? "head" : "heads", usable, total, troubled);
  return verdict;
}

void complain(std::string_view message) {
  fmt::print(stderr, "scsimpathctl: {}\n", message);
}

}  // namespace scsimpath::ctl
