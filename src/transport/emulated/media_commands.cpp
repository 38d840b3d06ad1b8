// SPDX-License-Identifier: LGPL-2.1-or-later
// The commands that read, write, zero and give back blocks (SBC-4 5).
#include <algorithm>
#include <cerrno>

#include "cdb.h"
#include "logical_unit.h"
#include "opcode.h"
#include "sense_codes.h"

namespace scsimpath::emulated {
namespace {

/// Which blocks a command is about.
struct Extent {
  std::uint64_t lba;
  std::uint64_t count;

  Extent(std::uint64_t first, std::uint64_t length) noexcept : lba(first), count(length) {}
  explicit Extent(const Cdb& cdb) noexcept {
    const std::uint8_t* bytes = cdb.bytes.data();
    const bool is_long = cdb_length(bytes[0]) == 16;
    lba = is_long ? get<8>(bytes + 2) : get<4>(bytes + 2);
    count = is_long ? get<4>(bytes + 10) : get<2>(bytes + 7);
  }
  [[nodiscard]] bool within(std::uint64_t blocks) const noexcept {
    return lba < blocks && count <= blocks - lba;
  }
};

SenseCode failure(int error, SenseCode medium_error) noexcept {
  switch (error) {
    case EIO:
      return medium_error;
    case ENOSPC:
    case EDQUOT:
      return complaint::space_exhausted;
    case EROFS:
      return complaint::write_protected;
    default:
      return complaint::internal_failure;
  }
}

}  // namespace

/// What is wrong with a READ or WRITE, whatever the blocks hold.
LogicalUnit::Answer LogicalUnit::check_transfer(const Command& command) const noexcept {
  constexpr std::uint8_t protection = 0xe0;
  const Extent extent(command.cdb);
  if ((command.cdb.bytes[1] & protection) != 0) return {.sense = complaint::invalid_field};
  if (!extent.within(blocks_)) return {.sense = complaint::out_of_range};
  const std::uint64_t bytes = extent.count * properties_.block_size;
  if (bytes > max_transfer) return {.sense = complaint::invalid_field};
  if (bytes > command.data.size()) return {.overrun = true};
  return {};
}

LogicalUnit::Answer LogicalUnit::read(const Command& command, Bytes window) const noexcept {
  if (const Answer refusal = check_transfer(command); refusal.refuses()) return refusal;
  const Extent extent(command.cdb);
  const std::uint64_t bytes = extent.count * properties_.block_size;

  const auto moved = media_.read(extent.lba * properties_.block_size,
                                 window.first(std::min<std::size_t>(bytes, window.size())));
  if (moved.error == 0) return {.moved = moved.bytes};
  return {.moved = moved.bytes,
          .sense = failure(moved.error, complaint::unrecovered_read),
          .information = extent.lba + moved.bytes / properties_.block_size};
}

LogicalUnit::Answer LogicalUnit::write(const Command& command, ConstBytes window) const noexcept {
  constexpr std::uint8_t fua = 0x08;
  if (const Answer refusal = check_transfer(command); refusal.refuses()) return refusal;
  const Extent extent(command.cdb);
  const std::uint64_t bytes = extent.count * properties_.block_size;
  if (media_.read_only()) return {.sense = complaint::write_protected};

  const auto moved = media_.write(extent.lba * properties_.block_size,
                                  window.first(std::min<std::size_t>(bytes, window.size())));
  if (moved.error != 0) {
    return {.moved = moved.bytes,
            .sense = failure(moved.error, complaint::write_error),
            .information = extent.lba + moved.bytes / properties_.block_size};
  }
  if ((command.cdb.bytes[1] & fua) != 0) {
    if (const int error = media_.flush(); error != 0) {
      return {.moved = moved.bytes, .sense = failure(error, complaint::write_error)};
    }
  }
  return {.moved = moved.bytes};
}

/// The whole image, whatever the extent: a disk may always flush more.
LogicalUnit::Answer LogicalUnit::synchronize_cache(const Command& command) const noexcept {
  if (!Extent(command.cdb).within(blocks_)) return {.sense = complaint::out_of_range};
  if (const int error = media_.flush(); error != 0) {
    return {.sense = failure(error, complaint::write_error)};
  }
  return {};
}

/// Blocks that all hold what the one block of data holds.
LogicalUnit::Answer LogicalUnit::write_same(const Command& command,
                                            ConstBytes window) const noexcept {
  constexpr std::uint8_t protection = 0xe0;
  constexpr std::uint8_t anchor = 0x10;
  constexpr std::uint8_t unmap = 0x08;
  constexpr std::uint8_t no_data = 0x01;  // NDOB, of the long form
  const std::uint8_t flags = command.cdb.bytes[1];
  Extent extent(command.cdb);
  if ((flags & (protection | anchor | no_data)) != 0) return {.sense = complaint::invalid_field};
  if ((flags & unmap) != 0 && !properties_.write_same_unmaps()) {
    return {.sense = complaint::invalid_field};
  }
  if (extent.lba < blocks_ && extent.count == 0) extent.count = blocks_ - extent.lba;  // WSNZ is 0
  if (!extent.within(blocks_)) return {.sense = complaint::out_of_range};
  if (extent.count > max_write_same / properties_.block_size) {
    return {.sense = complaint::invalid_field};
  }
  const std::uint32_t block = properties_.block_size;
  if (block > command.data.size()) return {.overrun = true};
  if (media_.read_only()) return {.sense = complaint::write_protected};
  // Cut short on its way there is no block to write.
  if (window.size() < block) return {};
  const ConstBytes pattern = window.first(block);
  const bool zero = std::ranges::all_of(pattern, [](std::uint8_t byte) { return byte == 0; });
  const std::uint64_t offset = extent.lba * block;
  const std::uint64_t length = extent.count * block;
  const int error = (flags & unmap) != 0 && zero && properties_.lbprz
                        ? media_.punch(offset, length)
                        : media_.write_same(offset, length, pattern);
  if (error != 0) return {.sense = failure(error, complaint::write_error)};
  return {.moved = block};
}

/// Each descriptor on its own. A bad one is found before anything is done.
LogicalUnit::Answer LogicalUnit::unmap(const Command& command, ConstBytes window) const noexcept {
  constexpr std::size_t header = 8;
  constexpr std::size_t descriptor = 16;
  constexpr std::uint8_t anchor = 0x01;
  if (!properties_.thin) return {.sense = complaint::invalid_opcode};
  const std::size_t length = get<2>(&command.cdb.bytes[7]);
  if ((command.cdb.bytes[1] & anchor) != 0) return {.sense = complaint::invalid_field};
  if (length == 0) return {};
  if (length < header) return {.sense = complaint::list_length_error};
  if (length > command.data.size()) return {.overrun = true};
  if (media_.read_only()) return {.sense = complaint::write_protected};
  // Cut short on its way it is no list.
  if (window.size() < length) return {.moved = window.size()};
  const std::size_t room = std::min<std::size_t>(get<2>(&window[2]), length - header);
  const std::size_t count = room / descriptor;
  if (count > max_unmap_descriptors) return {.sense = complaint::invalid_list_field};
  std::uint64_t blocks = 0;
  const auto extent_of = [&](std::size_t index) {
    const std::uint8_t* const bytes = &window[header + index * descriptor];
    return Extent(get<8>(bytes), get<4>(bytes + 8));
  };
  for (std::size_t i = 0; i < count; ++i) {
    const Extent extent = extent_of(i);
    if (!extent.within(blocks_) && extent.count != 0) return {.sense = complaint::out_of_range};
    blocks += extent.count;
  }
  if (blocks > max_unmap / properties_.block_size) {
    return {.sense = complaint::invalid_list_field};
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Extent extent = extent_of(i);
    const int error =
        media_.unmap(extent.lba * properties_.block_size, extent.count * properties_.block_size);
    if (error != 0) return {.moved = length, .sense = failure(error, complaint::write_error)};
  }
  return {.moved = length};
}

LogicalUnit::Answer LogicalUnit::get_lba_status(const Command& command,
                                                Bytes window) const noexcept {
  constexpr std::size_t most = 32;  // extents of one answer: whoever wants more asks again
  constexpr std::uint64_t most_blocks = 0xffffffff;
  constexpr std::uint8_t deallocated = 1;
  const std::uint8_t* const cdb = command.cdb.bytes.data();
  std::uint64_t lba = get<8>(cdb + 2);
  if (lba >= blocks_) return {.sense = complaint::out_of_range};
  ParameterData data;
  data.u32(0);
  data.zeros(4);
  for (std::size_t i = 0; i < most && lba < blocks_; ++i) {
    const Media::Run run = media_.run_at(lba * properties_.block_size);
    const std::uint64_t blocks = std::min(run.end / properties_.block_size - lba, most_blocks);
    data.u64(lba);
    data.u32(blocks);
    data.u8(run.deallocated ? deallocated : 0);
    data.zeros(3);
    lba += blocks;
  }
  data.close_length(0, 4);
  return send(data, get<4>(cdb + 10), window);
}

}  // namespace scsimpath::emulated
