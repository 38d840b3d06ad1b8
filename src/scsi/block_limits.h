// SPDX-License-Identifier: LGPL-2.1-or-later
// VPD pages B0h, B1h and B2h: limits, rotation and provisioning of a disk.
#pragma once

#include <cstdint>

#include "scsimpath/bytes.h"
#include "scsimpath/result.h"

namespace scsimpath::scsi {

/// Page B0h, in blocks; 0: not told. Older targets send a shorter page.
struct BlockLimits {
  std::uint8_t max_compare_and_write = 0;
  std::uint16_t optimal_transfer_granularity = 0;
  std::uint32_t max_transfer = 0;
  std::uint32_t optimal_transfer = 0;
  std::uint32_t max_unmap_blocks = 0;
  std::uint32_t max_unmap_descriptors = 0;
  std::uint32_t optimal_unmap_granularity = 0;
  std::uint32_t unmap_granularity_alignment = 0;
  bool unmap_alignment_valid = false;
  std::uint64_t max_write_same = 0;
  bool write_same_non_zero = false;  ///< WSNZ: a count of 0 is refused

  bool operator==(const BlockLimits&) const = default;
};

/// Page B1h.
struct BlockCharacteristics {
  std::uint16_t rotation_rate = 0;  ///< 0: not told, 1: does not rotate, else rpm
  [[nodiscard]] bool non_rotating() const noexcept { return rotation_rate == 1; }
};

enum class ProvisioningType : std::uint8_t { full = 0, resource = 1, thin = 2 };

/// Page B2h.
struct LogicalBlockProvisioning {
  std::uint8_t threshold_exponent = 0;
  bool unmap = false;          ///< LBPU
  bool write_same_16 = false;  ///< LBPWS: WRITE SAME(16) can unmap
  bool write_same_10 = false;  ///< LBPWS10
  std::uint8_t lbprz = 0;      ///< 0: unmapped blocks read as anything; bit 0: as zeros
  bool anchor = false;
  ProvisioningType type = ProvisioningType::full;
};

[[nodiscard]] Result<BlockLimits> parse_block_limits(ConstBytes bytes);
[[nodiscard]] Result<BlockCharacteristics> parse_block_characteristics(ConstBytes bytes);
[[nodiscard]] Result<LogicalBlockProvisioning> parse_logical_block_provisioning(ConstBytes bytes);

}  // namespace scsimpath::scsi
