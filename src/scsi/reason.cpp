// SPDX-License-Identifier: LGPL-2.1-or-later
// A command's result in words.
#include <fmt/format.h>

#include <string_view>
#include <system_error>

#include "opcode.h"
#include "outcome.h"
#include "sense.h"

namespace scsimpath::scsi {
namespace {

std::string_view name(HostByte host) noexcept {
  switch (host) {
    case HostByte::ok:
      return "ok";
    case HostByte::no_connect:
      return "no connection";
    case HostByte::bus_busy:
      return "bus busy";
    case HostByte::time_out:
      return "timed out";
    case HostByte::bad_target:
      return "bad target";
    case HostByte::abort:
      return "aborted";
    case HostByte::parity:
      return "parity error";
    case HostByte::error:
      return "internal error";
    case HostByte::reset:
      return "reset";
    case HostByte::bad_intr:
      return "unexpected interrupt";
    case HostByte::passthrough:
      return "passed through";
    case HostByte::soft_error:
      return "soft error";
    case HostByte::imm_retry:
      return "retry at once";
    case HostByte::requeue:
      return "requeue";
    case HostByte::transport_disrupted:
      return "transport disrupted";
    case HostByte::transport_failfast:
      return "transport failed fast";
    case HostByte::target_failure:
      return "target failure";
    case HostByte::nexus_failure:
      return "nexus failure";
    case HostByte::alloc_failure:
      return "space allocation failed";
    case HostByte::medium_error:
      return "medium error";
    case HostByte::transport_marginal:
      return "transport marginal";
  }
  return "unknown";
}

std::string_view name(Opcode opcode) noexcept {
  switch (opcode) {
    case Opcode::test_unit_ready:
      return "TEST UNIT READY";
    case Opcode::request_sense:
      return "REQUEST SENSE";
    case Opcode::inquiry:
      return "INQUIRY";
    case Opcode::mode_sense_6:
      return "MODE SENSE(6)";
    case Opcode::read_capacity_10:
      return "READ CAPACITY(10)";
    case Opcode::read_10:
      return "READ(10)";
    case Opcode::write_10:
      return "WRITE(10)";
    case Opcode::synchronize_cache_10:
      return "SYNCHRONIZE CACHE(10)";
    case Opcode::write_same_10:
      return "WRITE SAME(10)";
    case Opcode::unmap:
      return "UNMAP";
    case Opcode::log_sense:
      return "LOG SENSE";
    case Opcode::mode_sense_10:
      return "MODE SENSE(10)";
    case Opcode::read_16:
      return "READ(16)";
    case Opcode::write_16:
      return "WRITE(16)";
    case Opcode::synchronize_cache_16:
      return "SYNCHRONIZE CACHE(16)";
    case Opcode::write_same_16:
      return "WRITE SAME(16)";
    case Opcode::service_action_in_16:
      return "SERVICE ACTION IN(16)";
    case Opcode::report_luns:
      return "REPORT LUNS";
    case Opcode::maintenance_in:
      return "MAINTENANCE IN";
    case Opcode::maintenance_out:
      return "MAINTENANCE OUT";
  }
  return "a command";
}

std::string_view name(const Cdb& cdb) noexcept {
  const auto opcode = static_cast<Opcode>(cdb.bytes[0]);
  const std::uint8_t action = cdb.bytes[1] & 0x1f;
  if (opcode == Opcode::service_action_in_16) {
    if (action == service_action_read_capacity_16) return "READ CAPACITY(16)";
    if (action == service_action_get_lba_status) return "GET LBA STATUS";
  }
  if (opcode == Opcode::maintenance_in && action == service_action_report_target_port_groups) {
    return "REPORT TARGET PORT GROUPS";
  }
  return name(opcode);
}

std::string_view name(Status status) noexcept {
  switch (status) {
    case Status::good:
      return "good";
    case Status::check_condition:
      return "check condition";
    case Status::condition_met:
      return "condition met";
    case Status::busy:
      return "busy";
    case Status::intermediate:
      return "intermediate";
    case Status::intermediate_condition_met:
      return "intermediate, condition met";
    case Status::reservation_conflict:
      return "reservation conflict";
    case Status::task_set_full:
      return "task set full";
    case Status::aca_active:
      return "ACA active";
    case Status::task_aborted:
      return "task aborted";
  }
  return "unknown";
}

}  // namespace

std::string reason(const CommandResult& result) {
  if (result.os_error != 0) return std::generic_category().message(result.os_error);
  const auto host = static_cast<HostByte>(result.host);
  const auto status = static_cast<Status>(result.status);
  if (host != HostByte::ok) return fmt::format("{} (host byte {:02X})", name(host), result.host);
  if (status == Status::check_condition) return to_text(decode_sense(result.sense_bytes()));
  if (status != Status::good) return fmt::format("{} (status {:02X})", name(status), result.status);
  if (result.residual != 0) return fmt::format("short transfer (residual {})", result.residual);
  return "good";
}

CommandEnd command_end(const Command& command) noexcept {
  const CommandResult& result = command.result;
  CommandEnd end{.opcode = command.cdb.bytes[0],
                 .os_error = result.os_error,
                 .host = result.host,
                 .status = result.status};
  if (const Sense sense = decode_sense(result.sense_bytes()); sense.valid) {
    end.sense = {sense.key, sense.asc, sense.ascq};
  }
  return end;
}

Reason reason(const Command& command) {
  return {fmt::format("{}: {}", name(command.cdb), reason(command.result)), command_end(command)};
}

std::string unanswered(const Command& command) {
  return fmt::format("{}: no answer within io_timeout", name(command.cdb));
}

}  // namespace scsimpath::scsi
