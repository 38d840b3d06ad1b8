// SPDX-License-Identifier: LGPL-2.1-or-later
// `scsimpathctl candidates`: which disks are used, and as what, and which are not.
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
            {path.name, path.device, head.wwid, true,
             fmt::format("path {} of {}/{}", path.name, mount.place.mount.point, head.name)});
      }
    }
  }
  // Of several mounts one may use what another refuses.
  for (const Surveyed& mount : survey->mounts) {
    for (const Candidate& refused : mount.status.refused) {
      if (std::ranges::find(found, refused.device, &Candidate::device) == found.end()) {
        found.push_back(refused);
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
    fmt::print("{:<{}}  {:<7}  {}\n", candidate.device, width, candidate.used ? "used" : "refused",
               candidate.reason);
  }
  if (found.empty() && !survey->mounts.empty()) complain("there is no disk");
  return survey->complete ? exit_fine : exit_refused;
}

}  // namespace scsimpath::ctl
