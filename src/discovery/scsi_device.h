// SPDX-License-Identifier: LGPL-2.1-or-later
// What the kernel tells of one of its SCSI devices.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scsimpath::discovery {

/// A logical unit seen through one port. Constant once read; nothing in it was asked of the device.
struct ScsiDevice {
  static constexpr int disk_type = 0;  ///< peripheral device type of a disk (SPC-5 6.6.2)

  std::string name;               ///< H:C:T:L
  std::uint64_t incarnation = 0;  ///< another number under the same name: another device
  int type = -1;                  ///< peripheral device type, -1: not told
  std::string vendor;
  std::string product;
  std::string sg_node;     ///< `/dev/sg3`; empty: none
  std::string bsg_node;    ///< `/dev/bsg/0:0:0:1`, where commands go; empty: none
  std::string block_node;  ///< `/dev/sdc`; empty: none
  dev_t block_number = 0;
  int numa_node = -1;              ///< of the host adapter; -1: unknown or none
  unsigned queue_depth = 1;        ///< commands that device and host take at once
  std::uint32_t max_transfer = 0;  ///< bytes of one command

  /// Of its host adapter, the part of the name before the first colon.
  [[nodiscard]] std::string_view host() const noexcept {
    return std::string_view(name).substr(0, name.find(':'));
  }
  /// What people call it.
  [[nodiscard]] const std::string& device() const noexcept {
    return !block_node.empty() ? block_node : !sg_node.empty() ? sg_node : name;
  }

  bool operator==(const ScsiDevice&) const = default;
};

using Properties = std::vector<std::pair<std::string, std::string>>;

/// Whether a text is the name of a SCSI device.
[[nodiscard]] bool is_device_name(std::string_view text) noexcept;

}  // namespace scsimpath::discovery
