// SPDX-License-Identifier: LGPL-2.1-or-later
// Takes a command apart, asks whether it may run, runs it, and puts the result together.
#include "logical_unit.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cdb.h"
#include "opcode.h"
#include "sense_codes.h"

namespace scsimpath::emulated {
namespace {

using scsi::Opcode;

// Unit attentions that wait on a nexus.
constexpr std::uint32_t attention_power_on = 1U << 0;
constexpr std::uint32_t attention_access_state = 1U << 1;

/// INQUIRY, REPORT LUNS and REQUEST SENSE are never refused (SPC-5 5.10, SAM-5 5.14).
bool always_answered(Opcode opcode) noexcept {
  return opcode == Opcode::inquiry || opcode == Opcode::report_luns ||
         opcode == Opcode::request_sense;
}

/// Why a port in this state refuses the command (SPC-5 5.18.2); key 0 when it does not. A standby
/// port tells the capacity too, as targets in the field do.
SenseCode refused_by(AccessState state, const Cdb& cdb) noexcept {
  const Opcode opcode = scsi::opcode(cdb);
  if (always_answered(opcode) || opcode == Opcode::maintenance_in) return {};
  switch (state) {
    case AccessState::optimized:
    case AccessState::non_optimized:
    case AccessState::lba_dependent:
      return {};
    case AccessState::standby: {
      const bool told = opcode == Opcode::mode_sense_6 || opcode == Opcode::mode_sense_10 ||
                        opcode == Opcode::read_capacity_10 ||
                        opcode == Opcode::service_action_in_16;
      return told ? SenseCode{} : complaint::standby;
    }
    case AccessState::unavailable:
      return complaint::unavailable;
    case AccessState::offline:
      return complaint::offline;
    case AccessState::transitioning:
    case AccessState::unknown:
      return complaint::transitioning;
  }
  std::unreachable();
}

/// The length that the group code in the opcode gives (SPC-5 4.2.5); 0: no group we know.
std::uint8_t length_of(std::uint8_t opcode) noexcept {
  switch (opcode >> 5) {
    case 0:
      return 6;
    case 1:
    case 2:
      return 10;
    case 4:
      return 16;
    case 5:
      return 12;
    default:
      return 0;
  }
}

/// Whole, and without NACA in its control byte, which is its last.
bool well_formed(const Cdb& cdb) noexcept {
  constexpr std::uint8_t naca = 0x04;
  const std::uint8_t length = length_of(cdb.bytes[0]);
  return length == 0 || (cdb.length >= length && (cdb.bytes[length - 1U] & naca) == 0);
}

/// Which blocks a READ, WRITE or SYNCHRONIZE CACHE is about.
struct Extent {
  std::uint64_t lba;
  std::uint64_t count;

  explicit Extent(const Cdb& cdb) noexcept {
    const std::uint8_t* bytes = cdb.bytes.data();
    const bool is_long = length_of(bytes[0]) == 16;
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

LogicalUnit::LogicalUnit(Image image, Identity identity, Properties properties, unsigned ports)
    : image_(std::move(image)),
      identity_(std::move(identity)),
      properties_(properties),
      blocks_(image_.size() / properties_.block_size),
      nexuses_(ports) {
  for (Nexus& nexus : nexuses_) nexus.attentions = attention_power_on;
}

void LogicalUnit::execute(unsigned port, Command& command, std::size_t window) noexcept {
  const Bytes data = command.data.first(std::min(window, command.data.size()));
  const Answer end = answer(nexuses_[port], command, data);

  CommandResult& result = command.result;
  result.residual = static_cast<std::int32_t>(command.data.size() - end.moved);
  if (end.overrun) {
    result.host = static_cast<std::uint8_t>(scsi::HostByte::error);
  } else if (end.sense.key != 0) {
    result.status = static_cast<std::uint8_t>(scsi::Status::check_condition);
    put_sense(result, end.sense, end.information);
  }
}

void LogicalUnit::set_access_state(unsigned port, AccessState state) noexcept {
  nexuses_[port].access = state;
  for (Nexus& nexus : nexuses_) nexus.attentions |= attention_access_state;
}

LogicalUnit::Answer LogicalUnit::answer(Nexus& nexus, const Command& command,
                                        Bytes window) const noexcept {
  const Cdb& cdb = command.cdb;
  const Opcode opcode = scsi::opcode(cdb);
  if (nexus.attentions.load(std::memory_order_relaxed) != 0 && !always_answered(opcode)) {
    if (const SenseCode attention = take_attention(nexus); attention.key != 0) {
      return {.sense = attention};
    }
  }
  const AccessState access = nexus.access.load(std::memory_order_relaxed);
  if (access != AccessState::optimized) {
    if (const SenseCode refusal = refused_by(access, cdb); refusal.key != 0) {
      return {.sense = refusal};
    }
  }
  if (!well_formed(cdb)) return {.sense = complaint::invalid_field};

  const Bytes in = command.direction == Direction::from_device ? window : Bytes{};
  const Bytes out = command.direction == Direction::to_device ? window : Bytes{};
  // Opcodes that are not in the list fall through to the last line.
  if (opcode == Opcode::read_10 || opcode == Opcode::read_16) return read(command, in);
  if (opcode == Opcode::write_10 || opcode == Opcode::write_16) return write(command, out);
  if (opcode == Opcode::synchronize_cache_10 || opcode == Opcode::synchronize_cache_16) {
    return synchronize_cache(command);
  }
  if (opcode == Opcode::test_unit_ready) return {};
  if (opcode == Opcode::inquiry) {
    return inquiry(command, static_cast<unsigned>(&nexus - nexuses_.data()), in);
  }
  if (opcode == Opcode::request_sense) return request_sense(nexus, command, in);
  if (opcode == Opcode::report_luns) return report_luns(command, in);
  if (opcode == Opcode::read_capacity_10) return read_capacity_10(in);
  if (opcode == Opcode::service_action_in_16) return service_action_in(command, in);
  if (opcode == Opcode::maintenance_in) return maintenance_in(command, in);
  if (opcode == Opcode::mode_sense_6 || opcode == Opcode::mode_sense_10) {
    return mode_sense(command, in);
  }
  return {.sense = complaint::invalid_opcode};
}

SenseCode LogicalUnit::take_attention(Nexus& nexus) noexcept {
  const auto take = [&nexus](std::uint32_t attention) {
    return (nexus.attentions.fetch_and(~attention) & attention) != 0;
  };
  if (take(attention_power_on)) return complaint::power_on;
  if (take(attention_access_state)) return complaint::access_state_changed;
  return {};
}

LogicalUnit::Answer LogicalUnit::read(const Command& command, Bytes window) const noexcept {
  constexpr std::uint8_t protection = 0xe0;
  const Extent extent(command.cdb);
  if ((command.cdb.bytes[1] & protection) != 0) return {.sense = complaint::invalid_field};
  if (!extent.within(blocks_)) return {.sense = complaint::out_of_range};
  const std::uint64_t bytes = extent.count * properties_.block_size;
  if (bytes > max_transfer) return {.sense = complaint::invalid_field};
  if (bytes > command.data.size()) return {.overrun = true};

  const auto moved = image_.read(extent.lba * properties_.block_size,
                                 window.first(std::min<std::size_t>(bytes, window.size())));
  if (moved.error == 0) return {.moved = moved.bytes};
  return {.moved = moved.bytes,
          .sense = failure(moved.error, complaint::unrecovered_read),
          .information = extent.lba + moved.bytes / properties_.block_size};
}

LogicalUnit::Answer LogicalUnit::write(const Command& command, ConstBytes window) const noexcept {
  constexpr std::uint8_t protection = 0xe0;
  constexpr std::uint8_t fua = 0x08;
  const Extent extent(command.cdb);
  if ((command.cdb.bytes[1] & protection) != 0) return {.sense = complaint::invalid_field};
  if (!extent.within(blocks_)) return {.sense = complaint::out_of_range};
  const std::uint64_t bytes = extent.count * properties_.block_size;
  if (bytes > max_transfer) return {.sense = complaint::invalid_field};
  if (bytes > command.data.size()) return {.overrun = true};
  if (image_.read_only()) return {.sense = complaint::write_protected};

  const auto moved = image_.write(extent.lba * properties_.block_size,
                                  window.first(std::min<std::size_t>(bytes, window.size())));
  if (moved.error != 0) {
    return {.moved = moved.bytes,
            .sense = failure(moved.error, complaint::write_error),
            .information = extent.lba + moved.bytes / properties_.block_size};
  }
  if ((command.cdb.bytes[1] & fua) != 0) {
    if (const int error = image_.flush(); error != 0) {
      return {.moved = moved.bytes, .sense = failure(error, complaint::write_error)};
    }
  }
  return {.moved = moved.bytes};
}

/// The whole image, whatever the extent: a disk may always flush more.
LogicalUnit::Answer LogicalUnit::synchronize_cache(const Command& command) const noexcept {
  if (!Extent(command.cdb).within(blocks_)) return {.sense = complaint::out_of_range};
  if (const int error = image_.flush(); error != 0) {
    return {.sense = failure(error, complaint::write_error)};
  }
  return {};
}

LogicalUnit::Answer LogicalUnit::send(const ParameterData& data, std::uint64_t allocation,
                                      Bytes window) noexcept {
  const auto count =
      static_cast<std::size_t>(std::min<std::uint64_t>({data.size(), allocation, window.size()}));
  std::ranges::copy(data.view().first(count), window.begin());
  return {.moved = count};
}

}  // namespace scsimpath::emulated
