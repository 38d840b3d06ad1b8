// SPDX-License-Identifier: LGPL-2.1-or-later
// `scsimpathctl candidates`: which disks are used, and as what.
#include <fmt/format.h>

#include <algorithm>

#include "exit_status.h"
#include "print.h"
#include "survey.h"
#include "verbs.h"

namespace scsimpath::ctl {

Result<int> candidates(const Arguments& arguments) {
  const Result<Survey> survey = take_survey(arguments.target);
  if (!survey) return std::unexpected(survey.error());
  std::vector<Candidate> found;
  for (const Surveyed& mount : survey->mounts) {
    for (const HeadReport& head : mount.status.heads) {
      for (const PathReport& path : head.paths) {
        found.push_back(
            {path.device, true,
             fmt::format("path {} of {}/{}", path.name, mount.place.mount.point, head.name)});
      }
    }
  }
  if (arguments.json) {
    fmt::print("{}\n", candidates_json(found));
    return survey->complete ? exit_fine : exit_refused;
  }
  std::size_t width = 0;
  for (const Candidate& candidate : found) width = std::max(width, candidate.device.size());
  for (const Candidate& candidate : found) {
    fmt::print("{:<{}}  used     {}\n", candidate.device, width, candidate.reason);
  }
  if (found.empty() && !survey->mounts.empty()) complain("no disk is used");
  return survey->complete ? exit_fine : exit_refused;
}

}  // namespace scsimpath::ctl
