// SPDX-License-Identifier: LGPL-2.1-or-later
// Tells the kinds of SOURCE apart.
#include "source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace scsimpath::settings {

namespace {

/// The separator is a colon before a slash: names of nodes may hold other colons.
DeviceList split_list(std::string_view text) {
  DeviceList devices;
  for (;;) {
    const std::size_t end = std::min(text.find(":/"), text.size());
    devices.emplace_back(text.substr(0, end));
    if (end == text.size()) return devices;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Result<void> check(const DeviceList& devices) {
  if (devices.empty()) return fail(EINVAL, "no device is named");
  for (auto device = devices.begin(); device != devices.end(); ++device) {
    if (device->empty()) return fail(EINVAL, "a device without a name");
    if (!device->starts_with('/')) {
      return fail(EINVAL, fmt::format("{}: is not absolute (/dev/sdX or /dev/sgN)", *device));
    }
    if (std::find(devices.begin(), device, *device) != device) {
      return fail(EINVAL, fmt::format("{}: stands there twice", *device));
    }
  }
  return {};
}

Result<Source> parse_source(std::string_view text) {
  constexpr std::string_view emulated = "emulated:";
  constexpr std::string_view paths = "paths:";
  if (text.starts_with(emulated)) {
    auto disk = parse_emulated_disk(text.substr(emulated.size()));
    if (!disk) return fail(disk.error().number, fmt::format("{}: {}", text, disk.error().message));
    return *std::move(disk);
  }
  if (text == "udev" || text == "udev:") return UdevSource{};
  if (text.ends_with(".toml") && text.find(":/") == std::string_view::npos) {
    return ConfigurationFile{std::string(text)};
  }
  const bool marked = text.starts_with(paths);
  if (marked || text.starts_with('/')) {
    DeviceList devices = split_list(marked ? text.substr(paths.size()) : text);
    if (auto good = check(devices); !good) {
      return fail(EINVAL, fmt::format("SOURCE {}: {}", text, good.error().message));
    }
    return devices;
  }
  return fail(EINVAL, fmt::format("SOURCE {}: must be udev, a list /dev/sdX:/dev/sgN, "
                                  "emulated:IMAGE or a file NAME.toml",
                                  text));
}

}  // namespace scsimpath::settings
