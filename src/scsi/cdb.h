// SPDX-License-Identifier: LGPL-2.1-or-later
// Builders of the command descriptor blocks this program sends.
#pragma once

#include <cstdint>

#include "opcode.h"
#include "scsimpath/command.h"
#include "scsimpath/path.h"

namespace scsimpath::scsi {

[[nodiscard]] inline Opcode opcode(const Cdb& cdb) noexcept {
  return static_cast<Opcode>(cdb.bytes[0]);
}

[[nodiscard]] Cdb test_unit_ready() noexcept;
[[nodiscard]] Cdb request_sense(std::uint8_t length) noexcept;
[[nodiscard]] Cdb inquiry(std::uint16_t length) noexcept;
[[nodiscard]] Cdb inquiry_vpd(std::uint8_t page, std::uint16_t length) noexcept;
[[nodiscard]] Cdb read_capacity_10() noexcept;
[[nodiscard]] Cdb read_capacity_16(std::uint32_t length) noexcept;
[[nodiscard]] Cdb report_luns(std::uint32_t length) noexcept;
/// `extended` asks for the header with the implicit transition time; older targets refuse it.
[[nodiscard]] Cdb report_target_port_groups(std::uint32_t length, bool extended) noexcept;
/// SET TARGET PORT GROUPS with a list of one group, which `put_group_list` writes.
[[nodiscard]] Cdb set_target_port_groups() noexcept;
inline constexpr std::size_t group_list_size = 8;
void put_group_list(Bytes list, std::uint16_t group, AccessState state) noexcept;
/// Current values of one mode page, without block descriptors.
[[nodiscard]] Cdb mode_sense_10(std::uint8_t page, std::uint16_t length) noexcept;

/// Cumulative values of one log page.
[[nodiscard]] Cdb log_sense(std::uint8_t page, std::uint16_t length) noexcept;

/// READ(10) where the address and the count fit it, else READ(16).
[[nodiscard]] Cdb read(std::uint64_t lba, std::uint32_t blocks) noexcept;
/// WRITE(10) where the address and the count fit it, else WRITE(16). `fua`: the target answers only
/// when the blocks are on the medium.
[[nodiscard]] Cdb write(std::uint64_t lba, std::uint32_t blocks, bool fua) noexcept;
/// WRITE SAME(16) with one block of data; the blocks read as it afterwards. `unmap`: it may give
/// their space back where they do so without it.
[[nodiscard]] Cdb write_same(std::uint64_t lba, std::uint32_t blocks, bool unmap) noexcept;
/// UNMAP with a list of one descriptor, which `put_unmap_list` writes.
[[nodiscard]] Cdb unmap() noexcept;
inline constexpr std::size_t unmap_list_size = 24;
void put_unmap_list(Bytes list, std::uint64_t lba, std::uint32_t blocks) noexcept;
/// GET LBA STATUS from a block on.
[[nodiscard]] Cdb get_lba_status(std::uint64_t lba, std::uint32_t length) noexcept;
/// Flushes the whole disk's cache; answered when that is done.
[[nodiscard]] Cdb synchronize_cache() noexcept;

}  // namespace scsimpath::scsi
