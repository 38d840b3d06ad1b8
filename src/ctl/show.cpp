// SPDX-License-Identifier: LGPL-2.1-or-later
// `scsimpathctl show`: heads in full, and who has them open.
#include <fmt/format.h>

#include "access.h"
#include "exit_status.h"
#include "holders.h"
#include "print.h"
#include "survey.h"
#include "text.h"
#include "verbs.h"

namespace scsimpath::ctl {
namespace {

void line(std::string_view name, std::string_view text) {
  fmt::print("  {:<10} {}\n", name, text);
}

std::string joined(const Counters& counters) {
  std::string text;
  for (const auto& [name, count] : counters) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count);
  }
  return text;
}

bool is_reading(std::string_view name) {
  return name == "wwid" || name == "paths" || name == "stats" || name.starts_with("path.");
}

void print_settings(const Place& place) {
  const Result<std::vector<std::string>> names = list_settings(place);
  if (!names) return complain(names.error().message);
  std::string text;
  for (const std::string& name : *names) {
    if (is_reading(name)) continue;
    if (const Result<std::string> value = get_setting(place, name)) {
      text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, *value);
    }
  }
  line("settings", text);
}

void print_path(const PathReport& path) {
  fmt::print("  path {}\n", path.name);
  line("  device", fmt::format("{}, target port group {}", path.device, path.target_port_group));
  line("  state", fmt::format("{}{}{}, {}", path.state, path.reason.empty() ? "" : ": ",
                              path.reason, path.access_state));
  if (path.probation_s > 0) line("  probation", fmt::format("{:.1f} s more", path.probation_s));
  if (path.in_flight_limit > 0) {
    line("  busy", fmt::format("is given {} commands at once", path.in_flight_limit));
  }
  line("  I/O", fmt::format("in flight {}, latency {} us", path.in_flight, path.latency_us));
  line("  counters", joined(path.counters));
}

void print_holders(const HeadReport& head, const std::string& mount_point) {
  const std::vector<std::string> holders =
      find_holders({fmt::format("{}/{}", mount_point, head.name)});
  if (holders.empty()) line("open by", "nobody this user can see");
  for (const std::string& holder : holders)
    line(&holder == &holders.front() ? "open by" : "", holder);
}

void print_head(const HeadReport& head, const Mount& mount) {
  fmt::print("{}/{}\n", mount.point, head.name);
  line("wwid", head.wwid);
  line("disk", fmt::format("{} {}, serial {}", head.vendor, head.model, head.serial));
  line("size", fmt::format("{} ({} bytes), block size {}", format_size(head.size), head.size,
                           head.block_size));
  line("state",
       fmt::format("{}, {} of {} paths usable", head.state, head.paths_usable, head.paths_total));
  line("requests", fmt::format("held {}, in flight {}", head.held, head.in_flight));
  if (head.ghosts != 0) {
    line("ghosts",
         fmt::format("{} ranges are locked by writes that may yet be executed", head.ghosts));
  }
  if (head.no_path_deadline_s) {
    line("deadline", fmt::format("held I/O fails in {:.1f} s", *head.no_path_deadline_s));
  }
  print_settings({mount, head.name});
  line("counters", joined(head.counters));
  print_holders(head, mount.point);
  for (const PathReport& path : head.paths) print_path(path);
}

}  // namespace

Result<int> show(const Arguments& arguments) {
  const Result<Survey> survey = take_survey(arguments.target);
  if (!survey) return std::unexpected(survey.error());
  if (arguments.json) return print_json(*survey);
  bool first = true;
  for (const Surveyed& mount : survey->mounts) {
    for (const HeadReport& head : mount.status.heads) {
      if (!first) fmt::print("\n");
      first = false;
      print_head(head, mount.place.mount);
    }
  }
  return survey->complete ? exit_fine : exit_refused;
}

}  // namespace scsimpath::ctl
