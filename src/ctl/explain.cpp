// SPDX-License-Identifier: LGPL-2.1-or-later
// `scsimpathctl explain`: where the next command goes and why, and what went wrong lately.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "event_stream.h"
#include "exit_status.h"
#include "find_head.h"
#include "print.h"
#include "survey.h"
#include "verbs.h"

namespace scsimpath::ctl {
namespace {

constexpr std::size_t most_troubles = 20;

void print_choice(const HeadReport& head) {
  fmt::print("{}: policy {}, state {}\n{}", head.name, head.iopolicy, head.state,
             choice_text(head));
  std::size_t width = 0;
  for (const PathReport& path : head.paths) width = std::max(width, path.name.size());
  for (const PathReport& path : head.paths) {
    fmt::print("  {:<{}}  {}: {}\n", path.name, width, path.state, path.use);
  }
  if (head.ghosts != 0) {
    fmt::print("writes to {} ranges wait: a write there was given up and may yet be executed\n",
               head.ghosts);
  }
}

}  // namespace

Result<int> explain(const Arguments& arguments) {
  const Result<Place> place = find_head(arguments.target);
  if (!place) return std::unexpected(place.error());
  const Result<Survey> survey = take_survey(arguments.target);
  if (!survey) return std::unexpected(survey.error());
  for (const Surveyed& mount : survey->mounts) {
    for (const HeadReport& head : mount.status.heads) print_choice(head);
  }
  Result<std::vector<std::string>> past = past_events(place->mount);
  if (!past) return std::unexpected(past.error());
  std::erase_if(*past, [&](const std::string& line) { return !is_trouble(line, place->head); });
  if (past->empty()) {
    fmt::print("nothing went wrong among the last events\n");
    return exit_fine;
  }
  fmt::print("what went wrong lately, and what came back:\n");
  const std::size_t skipped = past->size() - std::min(past->size(), most_troubles);
  for (std::size_t i = skipped; i < past->size(); ++i) {
    fmt::print("  {}\n", event_text((*past)[i]));
  }
  return exit_fine;
}

}  // namespace scsimpath::ctl
