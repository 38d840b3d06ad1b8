// SPDX-License-Identifier: LGPL-2.1-or-later
// Tells the kinds of SOURCE apart.
#include "source.h"

#include <fmt/format.h>

#include <cerrno>

namespace scsimpath::settings {

Result<Source> parse_source(std::string_view text) {
  constexpr std::string_view emulated = "emulated:";
  if (text.starts_with(emulated)) {
    auto disk = parse_emulated_disk(text.substr(emulated.size()));
    if (!disk) return fail(disk.error().number, fmt::format("{}: {}", text, disk.error().message));
    return *std::move(disk);
  }
  if (text == "udev" || text == "udev:") {
    return fail(ENOSYS, fmt::format("SOURCE {}: taking disks from udev is not built yet", text));
  }
  if (text.ends_with(".toml") && text.find(":/") == std::string_view::npos) {
    return ConfigurationFile{std::string(text)};
  }
  if (text.starts_with("paths:") || text.starts_with("/dev/")) {
    return fail(ENOSYS, fmt::format("SOURCE {}: a list of devices is not built yet", text));
  }
  return fail(EINVAL, fmt::format("SOURCE {}: must be emulated:IMAGE or a file NAME.toml", text));
}

}  // namespace scsimpath::settings
