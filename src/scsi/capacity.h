// SPDX-License-Identifier: LGPL-2.1-or-later
// READ CAPACITY: how many blocks of which size.
#pragma once

#include <cstdint>

#include "scsimpath/bytes.h"
#include "scsimpath/result.h"

namespace scsimpath::scsi {

struct Capacity {
  static constexpr std::uint32_t allocation_10 = 8;
  static constexpr std::uint32_t allocation_16 = 32;

  std::uint64_t blocks = 0;
  std::uint32_t block_size = 0;
  // Of READ CAPACITY(16) only.
  bool protection = false;  ///< PROT_EN
  std::uint8_t blocks_per_physical_exponent = 0;
  std::uint16_t lowest_aligned_block = 0;
  bool lbpme = false;  ///< thin provisioned
  bool lbprz = false;  ///< unmapped blocks read as zeros

  bool operator==(const Capacity&) const = default;
};

/// An error where 32 bits did not hold the capacity (FFFFFFFFh) has number EOVERFLOW: ask
/// READ CAPACITY(16).
[[nodiscard]] Result<Capacity> parse_read_capacity_10(ConstBytes bytes);
[[nodiscard]] Result<Capacity> parse_read_capacity_16(ConstBytes bytes);

}  // namespace scsimpath::scsi
