// SPDX-License-Identifier: LGPL-2.1-or-later
// GET LBA STATUS: which blocks the disk has given space (SBC-4 5.6).
#pragma once

#include <cstdint>
#include <optional>

#include "scsimpath/bytes.h"

namespace scsimpath::scsi {

struct LbaExtent {
  std::uint64_t lba = 0;
  std::uint32_t blocks = 0;  ///< never 0
  bool mapped = true;  ///< false: deallocated or anchored, so of no data; else data may be there

  [[nodiscard]] std::uint64_t end() const noexcept { return lba + blocks; }
};

/// Reads the extents of an answer one after the other. What follows a damaged one is not read.
class LbaStatusReader {
 public:
  /// What one extent takes in an answer, and what comes before the first.
  static constexpr std::uint32_t extent_size = 16;
  static constexpr std::uint32_t header_size = 8;

  explicit LbaStatusReader(ConstBytes answer) noexcept;
  [[nodiscard]] std::optional<LbaExtent> next() noexcept;

 private:
  ConstBytes left_;
};

}  // namespace scsimpath::scsi
