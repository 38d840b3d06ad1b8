// SPDX-License-Identifier: LGPL-2.1-or-later
// One run of the real core over a schedule.
#pragma once

#include <string>
#include <vector>

#include "oracle.h"
#include "schedule.h"

namespace scsimpath::sim {

struct Verdict {
  std::string failure;  ///< the first broken rule, empty: none
  std::vector<std::string> story;
  Coverage coverage;

  [[nodiscard]] bool good() const noexcept { return failure.empty(); }
};

/// Always the same for the same schedule.
[[nodiscard]] Verdict run(const Schedule& schedule, bool tells_story = false);

}  // namespace scsimpath::sim
