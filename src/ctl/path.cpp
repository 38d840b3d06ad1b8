// SPDX-License-Identifier: LGPL-2.1-or-later
// `scsimpathctl path`: take a path out, bring it back, or make an emulated one misbehave.
#include <fmt/format.h>

#include "access.h"
#include "exit_status.h"
#include "find_head.h"
#include "verbs.h"

namespace scsimpath::ctl {

Result<int> path(const Arguments& arguments) {
  const Result<Place> place = find_head(arguments.target);
  if (!place) return std::unexpected(place.error());
  const bool fault = arguments.value == "fault";
  const Result<void> done =
      set_setting(*place, fmt::format("path.{}.{}", arguments.name, fault ? "fault" : "state"),
                  fault ? arguments.fault : arguments.value);
  if (!done) return std::unexpected(done.error());
  return exit_fine;
}

}  // namespace scsimpath::ctl
