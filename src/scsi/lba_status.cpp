// SPDX-License-Identifier: LGPL-2.1-or-later
// GET LBA STATUS: which blocks the disk has given space.
#include "lba_status.h"

#include <scsi/sg_unaligned.h>

#include <algorithm>
#include <cstddef>
#include <limits>

namespace scsimpath::scsi {

LbaStatusReader::LbaStatusReader(ConstBytes answer) noexcept {
  constexpr std::size_t length_end = 4;
  if (answer.size() < header_size) return;
  const std::size_t told = length_end + std::size_t{sg_get_unaligned_be32(&answer[0])};
  const std::size_t size = std::min(told, answer.size());
  if (size > header_size) left_ = answer.first(size).subspan(header_size);
}

std::optional<LbaExtent> LbaStatusReader::next() noexcept {
  constexpr std::uint8_t deallocated = 1;
  constexpr std::uint8_t anchored = 2;
  if (left_.size() < extent_size) return std::nullopt;
  const std::uint8_t status = left_[12] & 0x0f;
  const LbaExtent extent{.lba = sg_get_unaligned_be64(&left_[0]),
                         .blocks = sg_get_unaligned_be32(&left_[8]),
                         .mapped = status != deallocated && status != anchored};
  left_ = left_.subspan(extent_size);
  const bool wraps = extent.lba > std::numeric_limits<std::uint64_t>::max() - extent.blocks;
  if (extent.blocks == 0 || wraps) {
    left_ = {};
    return std::nullopt;
  }
  return extent;
}

}  // namespace scsimpath::scsi
