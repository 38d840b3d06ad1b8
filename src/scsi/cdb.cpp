// SPDX-License-Identifier: LGPL-2.1-or-later
// Builders of the command descriptor blocks this program sends.
#include "cdb.h"

#include <scsi/sg_unaligned.h>

#include <algorithm>
#include <limits>

namespace scsimpath::scsi {
namespace {

Cdb make(Opcode opcode, std::uint8_t length) noexcept {
  Cdb cdb;
  cdb.bytes[0] = static_cast<std::uint8_t>(opcode);
  cdb.length = length;
  return cdb;
}

/// READ, WRITE and SYNCHRONIZE CACHE share their layouts, in 10 bytes and in 16.
Cdb blocks_10(Opcode opcode, std::uint64_t lba, std::uint32_t blocks) noexcept {
  Cdb cdb = make(opcode, 10);
  sg_put_unaligned_be32(static_cast<std::uint32_t>(lba), &cdb.bytes[2]);
  sg_put_unaligned_be16(static_cast<std::uint16_t>(blocks), &cdb.bytes[7]);
  return cdb;
}

Cdb blocks_16(Opcode opcode, std::uint64_t lba, std::uint32_t blocks) noexcept {
  Cdb cdb = make(opcode, 16);
  sg_put_unaligned_be64(lba, &cdb.bytes[2]);
  sg_put_unaligned_be32(blocks, &cdb.bytes[10]);
  return cdb;
}

bool fits_10(std::uint64_t lba, std::uint32_t blocks) noexcept {
  return lba <= std::numeric_limits<std::uint32_t>::max() &&
         blocks <= std::numeric_limits<std::uint16_t>::max();
}

}  // namespace

Cdb test_unit_ready() noexcept {
  return make(Opcode::test_unit_ready, 6);
}

Cdb request_sense(std::uint8_t length) noexcept {
  Cdb cdb = make(Opcode::request_sense, 6);
  cdb.bytes[4] = length;
  return cdb;
}

Cdb inquiry(std::uint16_t length) noexcept {
  Cdb cdb = make(Opcode::inquiry, 6);
  sg_put_unaligned_be16(length, &cdb.bytes[3]);
  return cdb;
}

Cdb inquiry_vpd(std::uint8_t page, std::uint16_t length) noexcept {
  Cdb cdb = inquiry(length);
  cdb.bytes[1] = 0x01;  // EVPD
  cdb.bytes[2] = page;
  return cdb;
}

Cdb read_capacity_10() noexcept {
  return make(Opcode::read_capacity_10, 10);
}

Cdb read_capacity_16(std::uint32_t length) noexcept {
  Cdb cdb = make(Opcode::service_action_in_16, 16);
  cdb.bytes[1] = service_action_read_capacity_16;
  sg_put_unaligned_be32(length, &cdb.bytes[10]);
  return cdb;
}

Cdb report_luns(std::uint32_t length) noexcept {
  Cdb cdb = make(Opcode::report_luns, 12);
  sg_put_unaligned_be32(length, &cdb.bytes[6]);
  return cdb;
}

Cdb report_target_port_groups(std::uint32_t length, bool extended) noexcept {
  constexpr std::uint8_t extended_header = 0x20;  // PARAMETER DATA FORMAT 1
  Cdb cdb = make(Opcode::maintenance_in, 12);
  cdb.bytes[1] = service_action_report_target_port_groups;
  if (extended) cdb.bytes[1] |= extended_header;
  sg_put_unaligned_be32(length, &cdb.bytes[6]);
  return cdb;
}

Cdb set_target_port_groups() noexcept {
  Cdb cdb = make(Opcode::maintenance_out, 12);
  cdb.bytes[1] = service_action_set_target_port_groups;
  sg_put_unaligned_be32(group_list_size, &cdb.bytes[6]);
  return cdb;
}

void put_group_list(Bytes list, std::uint16_t group, AccessState state) noexcept {
  std::ranges::fill(list.first(group_list_size), std::uint8_t{0});
  list[4] = static_cast<std::uint8_t>(state) & 0x0f;
  sg_put_unaligned_be16(group, &list[6]);
}

Cdb mode_sense_10(std::uint8_t page, std::uint16_t length) noexcept {
  Cdb cdb = make(Opcode::mode_sense_10, 10);
  cdb.bytes[1] = 0x08;  // DBD
  cdb.bytes[2] = page & 0x3f;
  sg_put_unaligned_be16(length, &cdb.bytes[7]);
  return cdb;
}

Cdb log_sense(std::uint8_t page, std::uint16_t length) noexcept {
  constexpr std::uint8_t cumulative = 0x40;
  Cdb cdb = make(Opcode::log_sense, 10);
  cdb.bytes[2] = cumulative | (page & 0x3f);
  sg_put_unaligned_be16(length, &cdb.bytes[7]);
  return cdb;
}

Cdb read(std::uint64_t lba, std::uint32_t blocks) noexcept {
  return fits_10(lba, blocks) ? blocks_10(Opcode::read_10, lba, blocks)
                              : blocks_16(Opcode::read_16, lba, blocks);
}

Cdb write(std::uint64_t lba, std::uint32_t blocks, bool fua) noexcept {
  constexpr std::uint8_t fua_bit = 0x08;
  Cdb cdb = fits_10(lba, blocks) ? blocks_10(Opcode::write_10, lba, blocks)
                                 : blocks_16(Opcode::write_16, lba, blocks);
  if (fua) cdb.bytes[1] |= fua_bit;
  return cdb;
}

Cdb write_same(std::uint64_t lba, std::uint32_t blocks, bool unmap) noexcept {
  constexpr std::uint8_t unmap_bit = 0x08;
  Cdb cdb = blocks_16(Opcode::write_same_16, lba, blocks);
  if (unmap) cdb.bytes[1] |= unmap_bit;
  return cdb;
}

Cdb unmap() noexcept {
  Cdb cdb = make(Opcode::unmap, 10);
  sg_put_unaligned_be16(static_cast<std::uint16_t>(unmap_list_size), &cdb.bytes[7]);
  return cdb;
}

void put_unmap_list(Bytes list, std::uint64_t lba, std::uint32_t blocks) noexcept {
  constexpr std::uint16_t descriptor = 16;
  constexpr std::uint16_t header = 8;
  std::ranges::fill(list.first(unmap_list_size), std::uint8_t{0});
  sg_put_unaligned_be16(header - 2 + descriptor, &list[0]);
  sg_put_unaligned_be16(descriptor, &list[2]);
  sg_put_unaligned_be64(lba, &list[header]);
  sg_put_unaligned_be32(blocks, &list[header + 8]);
}

Cdb get_lba_status(std::uint64_t lba, std::uint32_t length) noexcept {
  Cdb cdb = blocks_16(Opcode::service_action_in_16, lba, length);
  cdb.bytes[1] = service_action_get_lba_status;
  return cdb;
}

// An address and a count of 0 mean all blocks.
Cdb synchronize_cache() noexcept {
  return blocks_10(Opcode::synchronize_cache_10, 0, 0);
}

}  // namespace scsimpath::scsi
