// SPDX-License-Identifier: LGPL-2.1-or-later
// Everything that can be known to be right before anything is made.
#pragma once

#include <string>

#include "command_line.h"
#include "configuration.h"
#include "kernel_limits.h"
#include "scsimpath/result.h"

namespace scsimpath::daemon {

struct Plan {
  settings::Configuration configuration;
  std::string mountpoint;  ///< real path
  bool foreground = false;
  bool debug = false;
};

/// Checks the kernel's limits against the settings of every head that the configuration names, and
/// against the defaults.
[[nodiscard]] Result<void> check_kernel_limits(const settings::Configuration& configuration,
                                               const RequestTimeouts& limits);

/// Changes nothing anywhere.
[[nodiscard]] Result<Plan> make_plan(const CommandLine& line);

}  // namespace scsimpath::daemon
