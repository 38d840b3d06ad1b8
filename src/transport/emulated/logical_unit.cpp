// SPDX-License-Identifier: LGPL-2.1-or-later
// Takes a command apart, asks whether it may run, runs it, and puts the result together.
#include "logical_unit.h"

#include <algorithm>
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

/// Whole, and without NACA in its control byte, which is its last.
bool well_formed(const Cdb& cdb) noexcept {
  constexpr std::uint8_t naca = 0x04;
  const std::uint8_t length = cdb_length(cdb.bytes[0]);
  return length == 0 || (cdb.length >= length && (cdb.bytes[length - 1U] & naca) == 0);
}

}  // namespace

LogicalUnit::LogicalUnit(Image image, Identity identity, const Properties& properties,
                         unsigned ports)
    : media_(std::move(image), properties),
      identity_(std::move(identity)),
      properties_(properties),
      blocks_(media_.size() / properties_.block_size),
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

void LogicalUnit::lose_power() noexcept {
  media_.lose_power();
  for (Nexus& nexus : nexuses_) nexus.attentions |= attention_power_on;
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
  if (opcode == Opcode::write_same_10 || opcode == Opcode::write_same_16) {
    return write_same(command, out);
  }
  if (opcode == Opcode::unmap) return unmap(command, out);
  if (opcode == Opcode::test_unit_ready) return {};
  if (opcode == Opcode::inquiry) {
    return inquiry(command, static_cast<unsigned>(&nexus - nexuses_.data()), in);
  }
  if (opcode == Opcode::request_sense) return request_sense(nexus, command, in);
  if (opcode == Opcode::report_luns) return report_luns(command, in);
  if (opcode == Opcode::read_capacity_10) return read_capacity_10(in);
  if (opcode == Opcode::service_action_in_16) return service_action_in(command, in);
  if (opcode == Opcode::maintenance_in) return maintenance_in(command, in);
  if (opcode == Opcode::log_sense) return log_sense(command, in);
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

LogicalUnit::Answer LogicalUnit::send(const ParameterData& data, std::uint64_t allocation,
                                      Bytes window) noexcept {
  const auto count =
      static_cast<std::size_t>(std::min<std::uint64_t>({data.size(), allocation, window.size()}));
  std::ranges::copy(data.view().first(count), window.begin());
  return {.moved = count};
}

}  // namespace scsimpath::emulated
