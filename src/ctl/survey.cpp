// SPDX-License-Identifier: LGPL-2.1-or-later
// The status of one mount, or of all.
#include "survey.h"

#include <fmt/format.h>

#include <cerrno>

#include "access.h"
#include "exit_status.h"
#include "print.h"

namespace scsimpath::ctl {
namespace {

Result<Surveyed> survey_one(const Place& place) {
  Result<std::string> json = read_status(place.mount);
  if (!json) return std::unexpected(json.error());
  Result<StatusReport> status = parse_status(*json);
  if (!status) return std::unexpected(explain(place.mount, status.error()));
  if (!place.head.empty()) {
    std::erase_if(status->heads, [&](const HeadReport& head) { return head.name != place.head; });
    if (status->heads.empty()) {
      return fail(ENOENT, fmt::format("{}: no such head in {}", place.head, place.mount.point));
    }
  }
  return Surveyed{place, std::move(*status), std::move(*json)};
}

}  // namespace

Result<Survey> take_survey(const std::string& target) {
  const Result<std::vector<Place>> places = find_places(target);
  if (!places) return std::unexpected(places.error());
  Survey survey;
  survey.named = !target.empty();
  if (places->empty()) complain("no scsimpath file system is mounted");
  for (const Place& place : *places) {
    Result<Surveyed> surveyed = survey_one(place);
    if (surveyed) {
      survey.mounts.push_back(std::move(*surveyed));
    } else if (survey.named) {
      return std::unexpected(surveyed.error());
    } else {
      survey.complete = false;
      complain(surveyed.error().message);
    }
  }
  return survey;
}

Result<int> print_json(const Survey& survey) {
  Result<std::string> json;
  if (survey.named) {
    const Surveyed& only = survey.mounts.front();
    json = only.place.head.empty() ? Result<std::string>(only.json)
                                   : extract_head(only.json, only.place.head);
  } else {
    std::vector<LocatedStatus> statuses;
    for (const Surveyed& mount : survey.mounts) {
      statuses.push_back({mount.place.mount.point, mount.json});
    }
    json = join_statuses(statuses);
  }
  if (!json) return std::unexpected(json.error());
  fmt::print("{}{}", *json, json->ends_with('\n') ? "" : "\n");
  return survey.complete ? exit_fine : exit_refused;
}

}  // namespace scsimpath::ctl
