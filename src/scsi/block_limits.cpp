// SPDX-License-Identifier: LGPL-2.1-or-later
// VPD pages B0h, B1h and B2h: limits, rotation and provisioning of a disk.
#include "block_limits.h"

#include <scsi/sg_unaligned.h>

#include "inquiry.h"

namespace scsimpath::scsi {
namespace {

/// Fields by their offset in the page, as the standard counts; those a short page lacks are 0.
class Fields {
 public:
  explicit Fields(ConstBytes parameters) noexcept : parameters_(parameters) {}

  [[nodiscard]] std::uint64_t at(std::size_t offset, std::size_t bytes) const noexcept {
    constexpr std::size_t header = 4;
    if (offset - header + bytes > parameters_.size()) return 0;
    return sg_get_unaligned_be(static_cast<int>(bytes), &parameters_[offset - header]);
  }
  [[nodiscard]] std::uint8_t u8(std::size_t offset) const noexcept {
    return static_cast<std::uint8_t>(at(offset, 1));
  }
  [[nodiscard]] std::uint16_t u16(std::size_t offset) const noexcept {
    return static_cast<std::uint16_t>(at(offset, 2));
  }
  [[nodiscard]] std::uint32_t u32(std::size_t offset) const noexcept {
    return static_cast<std::uint32_t>(at(offset, 4));
  }
  [[nodiscard]] bool bit(std::size_t offset, unsigned number) const noexcept {
    return ((u8(offset) >> number) & 1U) != 0;
  }

 private:
  ConstBytes parameters_;
};

}  // namespace

Result<BlockLimits> parse_block_limits(ConstBytes bytes) {
  const auto parameters = vpd_parameters(bytes, VpdPage::block_limits, false);
  if (!parameters) return std::unexpected(parameters.error());
  const Fields page(*parameters);
  return BlockLimits{
      .max_compare_and_write = page.u8(5),
      .optimal_transfer_granularity = page.u16(6),
      .max_transfer = page.u32(8),
      .optimal_transfer = page.u32(12),
      .max_unmap_blocks = page.u32(20),
      .max_unmap_descriptors = page.u32(24),
      .optimal_unmap_granularity = page.u32(28),
      .unmap_granularity_alignment = page.u32(32) & 0x7fffffffU,
      .unmap_alignment_valid = page.bit(32, 7),
      .max_write_same = page.at(36, 8),
      .write_same_non_zero = page.bit(4, 0),
  };
}

Result<BlockCharacteristics> parse_block_characteristics(ConstBytes bytes) {
  const auto parameters = vpd_parameters(bytes, VpdPage::block_characteristics, false);
  if (!parameters) return std::unexpected(parameters.error());
  return BlockCharacteristics{.rotation_rate = Fields(*parameters).u16(4)};
}

Result<LogicalBlockProvisioning> parse_logical_block_provisioning(ConstBytes bytes) {
  const auto parameters = vpd_parameters(bytes, VpdPage::logical_block_provisioning, false);
  if (!parameters) return std::unexpected(parameters.error());
  const Fields page(*parameters);
  const unsigned type = page.u8(6) & 0x07U;
  return LogicalBlockProvisioning{
      .threshold_exponent = page.u8(4),
      .unmap = page.bit(5, 7),
      .write_same_16 = page.bit(5, 6),
      .write_same_10 = page.bit(5, 5),
      .lbprz = static_cast<std::uint8_t>((page.u8(5) >> 2) & 0x07U),
      .anchor = page.bit(5, 1),
      .type = type == 1   ? ProvisioningType::resource
              : type == 2 ? ProvisioningType::thin
                          : ProvisioningType::full,
  };
}

}  // namespace scsimpath::scsi
