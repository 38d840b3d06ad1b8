// SPDX-License-Identifier: LGPL-2.1-or-later
// Settings that would have the kernel end the whole mount.
#pragma once

#include "request_timeouts.h"
#include "scsimpath/head_settings.h"
#include "scsimpath/result.h"

namespace scsimpath::daemon {

/// A request that is held longer than the limit would cost every user of the mount everything.
/// EINVAL names the setting, the limit and the remedy.
[[nodiscard]] Result<void> check_kernel_limits(const HeadSettings& settings,
                                               const RequestTimeouts& limits);

}  // namespace scsimpath::daemon
