// SPDX-License-Identifier: LGPL-2.1-or-later
// The `-o` options of the command line, mount(8)'s and libfuse's among them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scsimpath/result.h"
#include "table.h"

namespace scsimpath::settings {

struct MountOptions {
  Assignments settings;
  std::vector<std::string> libfuse;  ///< to hand on as they are
};

/// Adds what one `-o` holds: options between commas, a comma inside a value as `\,`. EINVAL names
/// the option that is not known, lacks its value or has a wrong one.
[[nodiscard]] Result<void> parse_mount_options(std::string_view text, MountOptions& options);

}  // namespace scsimpath::settings
