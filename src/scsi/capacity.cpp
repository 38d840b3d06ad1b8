// SPDX-License-Identifier: LGPL-2.1-or-later
// READ CAPACITY: how many blocks of which size.
#include "capacity.h"

#include <fmt/format.h>
#include <scsi/sg_unaligned.h>

#include <bit>
#include <cerrno>
#include <limits>
#include <optional>

namespace scsimpath::scsi {
namespace {

/// Sizes in bytes must fit a signed 64-bit file offset, and offsets be split by shifts.
std::optional<Error> check(std::uint64_t last_block, std::uint32_t block_size) {
  constexpr std::uint32_t smallest = 512;
  constexpr std::uint32_t largest = 65536;
  if (block_size < smallest || block_size > largest || !std::has_single_bit(block_size)) {
    return Error{ENOTSUP, fmt::format("blocks of {} bytes are not supported", block_size)};
  }
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  if (last_block >= most / block_size) {
    return Error{EPROTO, fmt::format("last block {:#x} is beyond any disk", last_block)};
  }
  return std::nullopt;
}

std::unexpected<Error> too_short(std::size_t size, std::size_t wanted) {
  return fail(EPROTO, fmt::format("READ CAPACITY data of {} bytes, fewer than {}", size, wanted));
}

}  // namespace

Result<Capacity> parse_read_capacity_10(ConstBytes bytes) {
  if (bytes.size() < Capacity::allocation_10) {
    return too_short(bytes.size(), Capacity::allocation_10);
  }
  const std::uint32_t last_block = sg_get_unaligned_be32(&bytes[0]);
  const std::uint32_t block_size = sg_get_unaligned_be32(&bytes[4]);
  if (last_block == std::numeric_limits<std::uint32_t>::max()) {
    return fail(EOVERFLOW, "more blocks than READ CAPACITY(10) can tell");
  }
  if (auto wrong = check(last_block, block_size)) return std::unexpected(std::move(*wrong));
  return Capacity{.blocks = std::uint64_t{last_block} + 1, .block_size = block_size};
}

Result<Capacity> parse_read_capacity_16(ConstBytes bytes) {
  constexpr std::size_t shortest = 16;  // the rest is reserved
  if (bytes.size() < shortest) return too_short(bytes.size(), shortest);
  const std::uint64_t last_block = sg_get_unaligned_be64(&bytes[0]);
  const std::uint32_t block_size = sg_get_unaligned_be32(&bytes[8]);
  if (auto wrong = check(last_block, block_size)) return std::unexpected(std::move(*wrong));
  return Capacity{
      .blocks = last_block + 1,
      .block_size = block_size,
      .protection = (bytes[12] & 0x01) != 0,
      .blocks_per_physical_exponent = static_cast<std::uint8_t>(bytes[13] & 0x0f),
      .lowest_aligned_block =
          static_cast<std::uint16_t>(sg_get_unaligned_be16(&bytes[14]) & 0x3fff),
      .lbpme = (bytes[14] & 0x80) != 0,
      .lbprz = (bytes[14] & 0x40) != 0,
  };
}

}  // namespace scsimpath::scsi
