// SPDX-License-Identifier: LGPL-2.1-or-later
// From a schedule that fails to a short one that does.
#pragma once

#include "schedule.h"

namespace scsimpath::sim {

/// Takes steps out as long as it still fails, in whatever way.
[[nodiscard]] Schedule shrink(Schedule schedule);

}  // namespace scsimpath::sim
