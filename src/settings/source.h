// SPDX-License-Identifier: LGPL-2.1-or-later
// SOURCE of the command line: where the disks of a mount come from.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "emulated_disk.h"
#include "scsimpath/result.h"

namespace scsimpath::settings {

struct ConfigurationFile {
  std::string path;
};

/// Every suitable disk that udev knows.
struct UdevSource {};

/// Just these device nodes: absolute, each once, at least one.
using DeviceList = std::vector<std::string>;

using Source = std::variant<ConfigurationFile, EmulatedDisk, UdevSource, DeviceList>;

/// EINVAL names what is not understood.
[[nodiscard]] Result<Source> parse_source(std::string_view text);

/// EINVAL names the device that is wrong: empty, relative, or there before.
[[nodiscard]] Result<void> check(const DeviceList& devices);

}  // namespace scsimpath::settings
