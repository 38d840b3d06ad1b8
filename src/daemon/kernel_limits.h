// SPDX-License-Identifier: LGPL-2.1-or-later
// How long the kernel lets a FUSE request take before it ends the whole mount.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scsimpath/head_settings.h"
#include "scsimpath/result.h"

namespace scsimpath::daemon {

/// Seconds of /proc/sys/fs/fuse/*_request_timeout; 0: no limit, or a kernel without one.
struct KernelLimits {
  std::uint64_t default_request_timeout = 0;
  std::uint64_t max_request_timeout = 0;
};

[[nodiscard]] KernelLimits read_kernel_limits();

/// A request that is held longer than the limit would cost every user of the mount everything.
/// EINVAL names the setting, the limit and the remedy.
[[nodiscard]] Result<void> check_kernel_limits(const HeadSettings& settings,
                                               const KernelLimits& limits);

}  // namespace scsimpath::daemon
