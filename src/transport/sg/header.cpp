// SPDX-License-Identifier: LGPL-2.1-or-later
// Fields of the kernel's header.
#include "header.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace scsimpath::sg {

namespace {

// Of a command that brings none along; the kernel would take 0 for its own default.
constexpr Duration default_timeout = std::chrono::seconds(60);

std::uint32_t to_milliseconds(Duration timeout) noexcept {
  if (timeout <= Duration::zero()) timeout = default_timeout;
  const auto longest = std::chrono::milliseconds(std::numeric_limits<std::int32_t>::max());
  if (timeout >= longest - kernel_grace) return static_cast<std::uint32_t>(longest.count());
  return static_cast<std::uint32_t>(
      std::chrono::ceil<std::chrono::milliseconds>(timeout + kernel_grace).count());
}

std::uint64_t address_of(const void* memory) noexcept {
  return reinterpret_cast<std::uintptr_t>(memory);
}

}  // namespace

sg_io_v4 to_header(Command& command) noexcept {
  sg_io_v4 header{};
  header.guard = 'Q';
  header.protocol = BSG_PROTOCOL_SCSI;
  header.subprotocol = BSG_SUB_PROTOCOL_SCSI_CMD;
  header.request_len = command.cdb.length;
  header.request = address_of(command.cdb.bytes.data());
  header.max_response_len = CommandResult::max_sense;
  header.response = address_of(command.result.sense.data());
  const auto length = static_cast<std::uint32_t>(command.data.size());
  switch (command.direction) {
    case Direction::none:
      break;
    case Direction::from_device:
      header.din_xferp = address_of(command.data.data());
      header.din_xfer_len = length;
      break;
    case Direction::to_device:
      header.dout_xferp = address_of(command.data.data());
      header.dout_xfer_len = length;
      break;
  }
  header.timeout = to_milliseconds(command.timeout);
  // Else the last one would be sent first where the device is full.
  header.flags = BSG_FLAG_Q_AT_TAIL;
  return header;
}

void take_result(const sg_io_v4& header, Command& command) noexcept {
  const auto to_byte = [](std::uint32_t value) {
    // The kernel's codes fit; what does not must not look like another code, or like none.
    return static_cast<std::uint8_t>(std::min<std::uint32_t>(value, 0xff));
  };
  CommandResult& result = command.result;
  result.os_error = 0;
  result.status = to_byte(header.device_status);
  result.host = to_byte(header.transport_status);
  result.driver = to_byte(header.driver_status);
  result.sense_length = static_cast<std::uint8_t>(
      std::min<std::size_t>(header.response_len, CommandResult::max_sense));
  result.residual =
      command.direction == Direction::to_device ? header.dout_resid : header.din_resid;
}

}  // namespace scsimpath::sg
