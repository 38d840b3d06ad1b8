// SPDX-License-Identifier: LGPL-2.1-or-later
// `scsimpathctl set`: change a setting of a head.
#include "access.h"
#include "exit_status.h"
#include "find_head.h"
#include "verbs.h"

namespace scsimpath::ctl {

Result<int> set(const Arguments& arguments) {
  const Result<Place> place = find_head(arguments.target);
  if (!place) return std::unexpected(place.error());
  const Result<void> done = set_setting(*place, arguments.name, arguments.value);
  if (!done) return std::unexpected(done.error());
  return exit_fine;
}

}  // namespace scsimpath::ctl
