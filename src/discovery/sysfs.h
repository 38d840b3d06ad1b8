// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel's SCSI devices as sysfs shows them. No udev is needed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scsi_device.h"
#include "scsimpath/result.h"

namespace scsimpath::discovery {

/// Reads only, and nothing that waits for a device. Any thread.
class Sysfs {
 public:
  explicit Sysfs(std::filesystem::path sys = "/sys", std::filesystem::path dev = "/dev")
      : sys_(std::move(sys)), dev_(std::move(dev)) {}

  [[nodiscard]] std::vector<std::string> names() const;
  /// None: there is no such device (any more).
  [[nodiscard]] std::optional<ScsiDevice> read(const std::string& name) const;

  /// `device_busy`; 0 where it is not told.
  [[nodiscard]] unsigned commands_in_flight(std::string_view name) const;
  /// From the VPD page 83h that the kernel keeps; empty: it has none, or no good one.
  [[nodiscard]] std::string wwid_of(std::string_view name) const;

  /// The device behind a node, block or SCSI generic. Errors name the node and the remedy.
  [[nodiscard]] Result<std::string> device_of(const std::string& node) const;

  /// Whole disk and partitions, `sdc`, `sdc1`, …; empty: it has no block device.
  [[nodiscard]] std::vector<std::string> block_names(const ScsiDevice& device) const;
  [[nodiscard]] const std::filesystem::path& root() const noexcept { return sys_; }

 private:
  [[nodiscard]] std::filesystem::path folder(std::string_view name) const;

  const std::filesystem::path sys_;
  const std::filesystem::path dev_;
};

/// One line of a file of sysfs or procfs, without blanks at its ends; nothing when it can't be
/// read.
[[nodiscard]] std::optional<std::string> read_line(const std::filesystem::path& file);

}  // namespace scsimpath::discovery
