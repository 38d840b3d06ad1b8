// SPDX-License-Identifier: LGPL-2.1-or-later
// REQUEST SENSE, REPORT LUNS, READ CAPACITY, REPORT TARGET PORT GROUPS and MODE SENSE.
#include <algorithm>
#include <limits>

#include "logical_unit.h"
#include "opcode.h"
#include "provisioning_log.h"
#include "scsi_pages.h"
#include "sense_codes.h"

namespace scsimpath::emulated {
namespace {

constexpr std::uint8_t service_action_bits = 0x1f;

/// What 32 bits can say of a 64-bit number: all ones when it does not fit.
std::uint64_t saturated(std::uint64_t value) noexcept {
  return std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max());
}

void mode_page(ParameterData& data, std::uint8_t number, bool changeable) noexcept {
  constexpr std::uint8_t write_cache = 0x04;
  constexpr std::uint8_t unrestricted_reordering = 0x10;
  data.u8(number);
  if (number == page::caching) {
    data.u8(18);
    // The page cache of the image's file system; a flush or FUA goes through it.
    data.u8(changeable ? 0 : write_cache);
    data.zeros(17);
  } else {
    data.u8(10);
    data.u8(0);  // fixed format sense
    data.u8(changeable ? 0 : unrestricted_reordering);
    data.zeros(8);
  }
}

}  // namespace

LogicalUnit::Answer LogicalUnit::request_sense(Nexus& nexus, const Command& command,
                                               Bytes window) noexcept {
  constexpr std::uint8_t descriptor_format = 0x01;
  const SenseCode code = take_attention(nexus);
  ParameterData data;
  if ((command.cdb.bytes[1] & descriptor_format) != 0) {
    data.u8(0x72);
    data.u8(code.key);
    data.u8(code.asc);
    data.u8(code.ascq);
    data.zeros(4);
  } else {
    data.u8(0x70);
    data.u8(0);
    data.u8(code.key);
    data.zeros(4);
    data.u8(10);
    data.zeros(4);
    data.u8(code.asc);
    data.u8(code.ascq);
    data.zeros(4);
  }
  return send(data, command.cdb.bytes[4], window);
}

LogicalUnit::Answer LogicalUnit::report_luns(const Command& command, Bytes window) noexcept {
  constexpr std::uint8_t ordinary = 0x00;
  constexpr std::uint8_t well_known = 0x01;
  constexpr std::uint8_t both = 0x02;
  const std::uint8_t* cdb = command.cdb.bytes.data();
  const std::uint8_t select = cdb[2];
  if (select != ordinary && select != well_known && select != both) {
    return {.sense = complaint::invalid_field};
  }
  ParameterData data;
  const std::uint32_t list = select == well_known ? 0 : 8;
  data.u32(list);
  data.u32(0);
  data.zeros(list);  // LUN 0
  return send(data, get<4>(cdb + 6), window);
}

LogicalUnit::Answer LogicalUnit::read_capacity_10(Bytes window) const noexcept {
  ParameterData data;
  data.u32(saturated(blocks_ - 1));
  data.u32(properties_.block_size);
  return send(data, data.size(), window);
}

LogicalUnit::Answer LogicalUnit::service_action_in(const Command& command,
                                                   Bytes window) const noexcept {
  const std::uint8_t* cdb = command.cdb.bytes.data();
  const unsigned action = cdb[1] & service_action_bits;
  if (action == scsi::service_action_get_lba_status && properties_.thin) {
    return get_lba_status(command, window);
  }
  if (action != scsi::service_action_read_capacity_16) return {.sense = complaint::invalid_field};
  constexpr std::uint8_t lbpme = 0x80;
  constexpr std::uint8_t lbprz = 0x40;
  ParameterData data;
  data.u64(blocks_ - 1);
  data.u32(properties_.block_size);
  data.u8(0);                                      // no protection information
  data.u8(properties_.block_size == 512 ? 3 : 0);  // 4 KiB physical blocks
  data.u8((properties_.thin ? lbpme : 0) | (properties_.thin && properties_.lbprz ? lbprz : 0));
  data.u8(0);
  data.zeros(16);
  return send(data, get<4>(cdb + 10), window);
}

LogicalUnit::Answer LogicalUnit::maintenance_in(const Command& command,
                                                Bytes window) const noexcept {
  const std::uint8_t* cdb = command.cdb.bytes.data();
  const unsigned format = cdb[1] >> 5;
  const unsigned action = cdb[1] & service_action_bits;
  if (action != scsi::service_action_report_target_port_groups || format > 1) {
    return {.sense = complaint::invalid_field};
  }
  constexpr std::uint8_t every_state = 0xdf;
  ParameterData data;
  data.u32(0);
  if (format == 1) {
    data.u8(0x10);  // the extended header
    data.zeros(3);  // no transition time told
  }
  for (std::size_t port = 0; port < nexuses_.size(); ++port) {
    data.u8(static_cast<std::uint8_t>(nexuses_[port].access.load()));
    data.u8(every_state);
    data.u16(port + 1);
    data.zeros(3);  // no status told
    data.u8(1);
    data.u16(0);
    data.u16(port + 1);
  }
  data.close_length(0, 4);
  return send(data, get<4>(cdb + 6), window);
}

/// The provisioning page, and the page that tells of it.
LogicalUnit::Answer LogicalUnit::log_sense(const Command& command, Bytes window) const noexcept {
  constexpr std::uint8_t supported = 0x00;
  const std::uint8_t* const cdb = command.cdb.bytes.data();
  const std::uint8_t number = cdb[2] & 0x3f;
  const bool known = number == supported || number == scsi::log_page_provisioning;
  if (!properties_.thin) return {.sense = complaint::invalid_opcode};
  if (!known || cdb[3] != 0) return {.sense = complaint::invalid_field};
  ParameterData data;
  data.u8(number);
  data.u8(0);
  data.u16(0);
  if (number == supported) {
    data.u8(supported);
    data.u8(scsi::log_page_provisioning);
  } else {
    const std::uint64_t unit = std::uint64_t{properties_.block_size} << threshold_exponent;
    data.u16(0x0002);  // used resources
    data.u8(0x03);     // a list parameter, binary
    data.u8(8);
    data.u32(saturated((media_.allocated() + unit - 1) / unit));
    data.u8(0x01);  // of this unit alone
    data.zeros(3);
  }
  data.close_length(2, 2);
  return send(data, get<2>(cdb + 7), window);
}

LogicalUnit::Answer LogicalUnit::mode_sense(const Command& command, Bytes window) const noexcept {
  constexpr std::uint8_t no_descriptors = 0x08;
  constexpr std::uint8_t long_lba = 0x10;
  constexpr std::uint8_t write_protected = 0x80;
  constexpr std::uint8_t fua_understood = 0x10;
  enum Control : std::uint8_t { current, changeable, defaults, saved };

  const std::uint8_t* cdb = command.cdb.bytes.data();
  const bool is_10 = cdb[0] == static_cast<std::uint8_t>(scsi::Opcode::mode_sense_10);
  const auto control = static_cast<Control>(cdb[2] >> 6);
  const std::uint8_t number = cdb[2] & 0x3f;
  const bool known = number == page::caching || number == page::control || number == page::all;
  if (!known || (cdb[3] != 0 && cdb[3] != page::all_subpages)) {
    return {.sense = complaint::invalid_field};
  }
  if (control == saved) return {.sense = complaint::saving_not_supported};

  const bool descriptor = (cdb[1] & no_descriptors) == 0;
  const bool is_long = is_10 && (cdb[1] & long_lba) != 0;
  const std::uint8_t specific = fua_understood | (media_.read_only() ? write_protected : 0);
  const std::uint8_t descriptor_length = descriptor ? (is_long ? 16 : 8) : 0;
  ParameterData data;
  if (is_10) {
    data.u16(0);
    data.u8(0);
    data.u8(specific);
    data.u8(is_long ? 1 : 0);
    data.u8(0);
    data.u16(descriptor_length);
  } else {
    data.u8(0);
    data.u8(0);
    data.u8(specific);
    data.u8(descriptor_length);
  }
  if (descriptor && is_long) {
    data.u64(blocks_);
    data.u32(0);
    data.u32(properties_.block_size);
  } else if (descriptor) {
    data.u32(saturated(blocks_));
    data.u8(0);
    data.u24(properties_.block_size);
  }
  for (const std::uint8_t each : {page::caching, page::control}) {
    if (number == page::all || number == each) mode_page(data, each, control == changeable);
  }
  data.close_length(0, is_10 ? 2 : 1);
  return send(data, is_10 ? get<2>(cdb + 7) : cdb[4], window);
}

}  // namespace scsimpath::emulated
