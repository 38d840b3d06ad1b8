// SPDX-License-Identifier: LGPL-2.1-or-later
// Fields of the driver's header.
#include "header.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace scsimpath::sg {

namespace {

// Of a command that brings none along; the kernel would take 0 for its own default.
constexpr Duration default_timeout = std::chrono::seconds(60);

unsigned int to_milliseconds(Duration timeout) noexcept {
  if (timeout <= Duration::zero()) timeout = default_timeout;
  const auto longest = std::chrono::milliseconds(std::numeric_limits<std::int32_t>::max());
  if (timeout >= longest - kernel_grace) return static_cast<unsigned int>(longest.count());
  return static_cast<unsigned int>(
      std::chrono::ceil<std::chrono::milliseconds>(timeout + kernel_grace).count());
}

int to_direction(const Command& command) noexcept {
  if (command.data.empty()) return SG_DXFER_NONE;
  switch (command.direction) {
    case Direction::none:
      return SG_DXFER_NONE;
    case Direction::from_device:
      return SG_DXFER_FROM_DEV;
    case Direction::to_device:
      return SG_DXFER_TO_DEV;
  }
  return SG_DXFER_NONE;
}

}  // namespace

sg_io_hdr_t to_header(Command& command, int pack_id) noexcept {
  sg_io_hdr_t header{};
  header.interface_id = 'S';
  header.dxfer_direction = to_direction(command);
  header.cmd_len = command.cdb.length;
  header.cmdp = command.cdb.bytes.data();
  header.mx_sb_len = CommandResult::max_sense;
  header.sbp = command.result.sense.data();
  if (header.dxfer_direction != SG_DXFER_NONE) {
    header.dxferp = command.data.data();
    header.dxfer_len = static_cast<unsigned int>(command.data.size());
    // Taken where the administrator allows it and the memory is aligned; else the driver copies.
    header.flags = SG_FLAG_DIRECT_IO;
  }
  header.timeout = to_milliseconds(command.timeout);
  header.pack_id = pack_id;
  return header;
}

sg_io_hdr_t empty_header() noexcept {
  sg_io_hdr_t header{};
  header.interface_id = 'S';
  header.pack_id = no_pack_id;
  return header;
}

void take_result(const sg_io_hdr_t& header, CommandResult& result) noexcept {
  const auto to_byte = [](unsigned short value) {
    // The kernel's codes fit; what does not must not look like another code, or like none.
    return static_cast<std::uint8_t>(std::min<unsigned short>(value, 0xff));
  };
  result.os_error = 0;
  result.status = header.status;
  result.host = to_byte(header.host_status);
  result.driver = to_byte(header.driver_status);
  result.sense_length =
      static_cast<std::uint8_t>(std::min<std::size_t>(header.sb_len_wr, CommandResult::max_sense));
  result.residual = header.resid;
}

}  // namespace scsimpath::sg
