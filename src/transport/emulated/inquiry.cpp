// SPDX-License-Identifier: LGPL-2.1-or-later
// INQUIRY: standard data and vital product data (SPC-5 6.6 and 7.7, SBC-4 6.6).
#include "logical_unit.h"
#include "scsi_pages.h"
#include "sense_codes.h"

namespace scsimpath::emulated {

LogicalUnit::Answer LogicalUnit::inquiry(const Command& command, unsigned port,
                                         Bytes window) const noexcept {
  constexpr std::uint8_t evpd = 0x01;
  const std::uint8_t* cdb = command.cdb.bytes.data();
  const bool vital = (cdb[1] & evpd) != 0;
  const std::uint8_t page = cdb[2];
  if ((cdb[1] & ~evpd) != 0 || (!vital && page != 0)) {
    return {.sense = complaint::invalid_field};
  }

  ParameterData data;
  if (!vital) {
    standard_inquiry(data);
    return send(data, get<2>(cdb + 3), window);
  }
  data.u8(0);  // connected, a disk
  data.u8(page);
  data.u16(0);
  if (page == page::supported) {
    supported_pages(data);
  } else if (page == page::serial) {
    data.text(identity_.serial, identity_.serial.size());
  } else if (page == page::identification) {
    device_identification(data, port);
  } else if (page == page::limits) {
    block_limits(data);
  } else if (page == page::characteristics) {
    data.u16(1);  // does not rotate
    data.zeros(58);
  } else if (page == page::provisioning && properties_.thin) {
    provisioning(data);
  } else {
    return {.sense = complaint::invalid_field};
  }
  data.close_length(2, 2);
  return send(data, get<2>(cdb + 3), window);
}

void LogicalUnit::standard_inquiry(ParameterData& data) const noexcept {
  data.u8(0);                                  // connected, a disk
  data.u8(0);                                  // not removable
  data.u8(0x07);                               // SPC-5
  data.u8(0x12);                               // HISUP, response data format 2
  data.u8(0);                                  // the additional length, below
  data.u8(0x10);                               // TPGS: implicit
  data.u8(nexuses_.size() > 1 ? 0x10 : 0x00);  // MULTIP
  data.u8(0x02);                               // CMDQUE
  data.text("SCSIPATH", 8);
  data.text("EMULATED DISK", 16);
  data.text("0001", 4);
  data.zeros(22);
  data.u16(0x00a0);  // SAM-5
  data.u16(0x05c0);  // SPC-5
  data.u16(0x0600);  // SBC-4
  data.zeros(32);
  data.close_length(4, 1);
}

void LogicalUnit::supported_pages(ParameterData& data) const noexcept {
  data.u8(page::supported);
  data.u8(page::serial);
  data.u8(page::identification);
  data.u8(page::limits);
  data.u8(page::characteristics);
  if (properties_.thin) data.u8(page::provisioning);
}

void LogicalUnit::device_identification(ParameterData& data, unsigned port) const noexcept {
  constexpr std::uint8_t binary = 0x01;
  constexpr std::uint8_t of_port = 0x10;
  constexpr std::uint8_t relative_target_port = 0x04;
  constexpr std::uint8_t target_port_group = 0x05;
  data.u8(identity_.code_set);
  data.u8(identity_.type);
  data.u8(0);
  data.u8(identity_.designator.size());
  data.bytes(identity_.designator);
  for (const std::uint8_t type : {relative_target_port, target_port_group}) {
    data.u8(binary);
    data.u8(of_port | type);
    data.u8(0);
    data.u8(4);
    data.u16(0);
    data.u16(port + 1);
  }
}

void LogicalUnit::block_limits(ParameterData& data) const noexcept {
  const std::uint32_t block = properties_.block_size;
  data.u8(0);  // WSNZ
  data.u8(0);  // no COMPARE AND WRITE
  data.u16(Media::granule / block);
  data.u32(max_transfer / block);
  data.u32(optimal_transfer / block);
  data.u32(0);  // no prefetch
  data.u32(properties_.thin ? max_unmap / block : 0);
  data.u32(properties_.thin ? max_unmap_descriptors : 0);
  data.u32(properties_.thin ? Media::granule / block : 0);
  data.u32(properties_.thin ? 0x80000000U : 0);  // granules begin at block 0
  data.u64(max_write_same / block);
  data.zeros(20);
}

void LogicalUnit::provisioning(ParameterData& data) const noexcept {
  constexpr std::uint8_t by_unmap = 0x80;
  constexpr std::uint8_t by_write_same = 0x60;  // in both lengths
  constexpr std::uint8_t reads_zeros = 0x04;
  constexpr std::uint8_t thin = 0x02;
  data.u8(threshold_exponent);
  data.u8(by_unmap | (properties_.write_same_unmaps() ? by_write_same : 0) |
          (properties_.lbprz ? reads_zeros : 0));
  data.u8(thin);
  data.u8(0);
}

}  // namespace scsimpath::emulated
