// SPDX-License-Identifier: LGPL-2.1-or-later
// The life of a mount, from the plan to the last flush.
#pragma once

#include "background.h"
#include "plan.h"
#include "scsimpath/result.h"

namespace scsimpath::daemon {

/// Opens the disks, mounts, says that it is ready, serves until it is unmounted or told to end, and
/// leaves everything closed. An error only before it was ready; then nothing it made is left.
[[nodiscard]] Result<void> serve(const Plan& plan, Background& background);

}  // namespace scsimpath::daemon
