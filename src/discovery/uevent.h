// SPDX-License-Identifier: LGPL-2.1-or-later
// What an event of the kernel's, or of udev's, says of a SCSI device.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scsimpath::discovery {

/// What to do beside looking whether the device is there, each more than the one before.
/// - check: the path is checked at once (capacity, access states)
/// - identify: it carries nothing before it has been checked: it may be another disk
enum class Hint : std::uint8_t { none, check, identify };

struct Change {
  std::string name;  ///< H:C:T:L
  Hint hint = Hint::none;
};

/// `devpath` is the device's place in sysfs, that of the SCSI device or of something below it;
/// `unit_attention` the SDEV_UA property, empty: none. Nothing when it is about no SCSI device.
/// Linux: drivers/scsi/scsi_lib.c, scsi_evt_emit.
[[nodiscard]] std::optional<Change> interpret(std::string_view devpath,
                                              std::string_view unit_attention);

}  // namespace scsimpath::discovery
