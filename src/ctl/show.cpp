// SPDX-License-Identifier: LGPL-2.1-or-later
// `scsimpathctl show`: heads in full, and who has them open.
#include <fmt/format.h>

#include "access.h"
#include "describe.h"
#include "exit_status.h"
#include "holders.h"
#include "print.h"
#include "survey.h"
#include "verbs.h"

namespace scsimpath::ctl {
namespace {

void line(std::string_view name, std::string_view text) {
  fmt::print("{}", described(name, text));
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

void print_holders(const HeadReport& head, const std::string& mount_point) {
  const std::vector<std::string> holders =
      find_holders({fmt::format("{}/{}", mount_point, head.name)});
  if (holders.empty()) line("open by", "nobody this user can see");
  for (const std::string& holder : holders)
    line(&holder == &holders.front() ? "open by" : "", holder);
}

void print_head(const HeadReport& head, const Mount& mount) {
  fmt::print("{}/{}\n{}", mount.point, head.name, describe_head(head));
  print_settings({mount, head.name});
  line("counters", joined(head.counters));
  print_holders(head, mount.point);
  for (const PathReport& path : head.paths) fmt::print("{}", describe_path(path));
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
