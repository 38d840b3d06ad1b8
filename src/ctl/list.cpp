// SPDX-License-Identifier: LGPL-2.1-or-later
// `scsimpathctl list`: heads and their paths, shortly; or one verdict for monitoring.
#include <fmt/format.h>

#include "exit_status.h"
#include "print.h"
#include "survey.h"
#include "verbs.h"

namespace scsimpath::ctl {
namespace {

Result<int> check(const std::string& target) {
  Result<Survey> survey = take_survey(target);
  if (!survey) {
    complain(survey.error().message);
    return check_critical;
  }
  std::vector<HeadReport> heads;
  for (Surveyed& mount : survey->mounts) {
    for (HeadReport& head : mount.status.heads) heads.push_back(std::move(head));
  }
  const Verdict verdict = judge(heads);
  if (!survey->complete) return check_critical;
  fmt::print("{}\n", verdict.text);
  return verdict.exit_status;
}

}  // namespace

Result<int> list(const Arguments& arguments) {
  if (arguments.check) return check(arguments.target);
  const Result<Survey> survey = take_survey(arguments.target);
  if (!survey) return std::unexpected(survey.error());
  if (arguments.json) return print_json(*survey);
  bool first = true;
  for (const Surveyed& mount : survey->mounts) {
    if (mount.status.heads.empty()) {
      complain(fmt::format("{}: no disk is there", mount.place.mount.point));
    }
    for (const HeadReport& head : mount.status.heads) {
      fmt::print("{}{}", first ? "" : "\n", head_text(head, mount.place.mount.point));
      first = false;
    }
  }
  return survey->complete ? exit_fine : exit_refused;
}

}  // namespace scsimpath::ctl
