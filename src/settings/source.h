// SPDX-License-Identifier: LGPL-2.1-or-later
// SOURCE of the command line: where the disks of a mount come from.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "emulated_disk.h"
#include "scsimpath/result.h"

namespace scsimpath::settings {

struct ConfigurationFile {
  std::string path;
};

using Source = std::variant<ConfigurationFile, EmulatedDisk>;

/// EINVAL names what is not understood; a kind that is not built yet is ENOSYS, by its name.
[[nodiscard]] Result<Source> parse_source(std::string_view text);

}  // namespace scsimpath::settings
