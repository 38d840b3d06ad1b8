// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the keeper of paths looks at the machine: the seam for tests.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scsi_device.h"

namespace scsimpath::discovery {

/// Never waits for a device. One thread at a time.
class DeviceSource {
 public:
  DeviceSource() = default;
  DeviceSource(const DeviceSource&) = delete;
  DeviceSource& operator=(const DeviceSource&) = delete;
  virtual ~DeviceSource() = default;

  /// The names of all SCSI devices.
  [[nodiscard]] virtual std::vector<std::string> names() = 0;
  /// None: there is no such device (any more).
  [[nodiscard]] virtual std::optional<ScsiDevice> read(const std::string& name) = 0;
  /// What udev's database says of the disk. None: udev has not looked at it yet, or there is no
  /// udev.
  [[nodiscard]] virtual std::optional<Properties> properties(const ScsiDevice& device) = 0;
  /// Who else uses the disk, for people; empty: nobody.
  [[nodiscard]] virtual std::string user_of(const ScsiDevice& device) = 0;
  /// Commands that the kernel has sent to it and not got back, whoever sent them.
  [[nodiscard]] virtual unsigned commands_in_flight(const ScsiDevice& device) = 0;
  /// Its WWID as the kernel read it when the device came; empty: not known.
  [[nodiscard]] virtual std::string wwid_of(const ScsiDevice& device) = 0;
};

}  // namespace scsimpath::discovery
