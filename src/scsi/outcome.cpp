// SPDX-License-Identifier: LGPL-2.1-or-later
// The one table that says what to do when a command came back.
#include "outcome.h"

#include <array>
#include <cerrno>

#include "cdb.h"
#include "opcode.h"
#include "sense.h"

namespace scsimpath::scsi {
namespace {

constexpr Outcome success{};
constexpr Outcome path_error{.action = Action::path_error, .error = IoError::io};
constexpr Outcome retry{
    .action = Action::retry, .error = IoError::io, .max_retries = Outcome::default_retries};
constexpr Outcome retry_once{
    .action = Action::retry, .error = IoError::io, .max_retries = 1, .suspects_path = true};
constexpr Outcome busy{
    .action = Action::busy, .error = IoError::io, .max_retries = Outcome::default_retries};
constexpr Outcome transitioning{.action = Action::transitioning,
                                .error = IoError::io,
                                .access_state = AccessState::transitioning,
                                .refresh_alua = true};
constexpr Outcome hold{.action = Action::hold_path,
                       .error = IoError::io,
                       .refresh_capacity = true,
                       .revalidate = true};
constexpr Outcome retry_alua{.action = Action::retry,
                             .error = IoError::io,
                             .max_retries = Outcome::default_retries,
                             .refresh_alua = true};
constexpr Outcome retry_capacity{.action = Action::retry,
                                 .error = IoError::io,
                                 .max_retries = Outcome::default_retries,
                                 .refresh_capacity = true};
constexpr Outcome retry_space{.action = Action::retry,
                              .error = IoError::io,
                              .max_retries = Outcome::default_retries,
                              .warn_space = true};
constexpr Outcome retry_deferred{.action = Action::retry,
                                 .error = IoError::io,
                                 .max_retries = Outcome::default_retries,
                                 .deferred = true};
constexpr Outcome retry_after_loss{.action = Action::retry,
                                   .error = IoError::io,
                                   .max_retries = Outcome::default_retries,
                                   .deferred = true,
                                   .loses_writes = true};
constexpr Outcome hold_after_reset{.action = Action::hold_path,
                                   .error = IoError::io,
                                   .refresh_capacity = true,
                                   .revalidate = true,
                                   .reset_seen = true};
constexpr Outcome hold_after_power_on{.action = Action::hold_path,
                                      .error = IoError::io,
                                      .refresh_capacity = true,
                                      .revalidate = true,
                                      .reset_seen = true,
                                      .power_on = true};
constexpr Outcome no_medium{.action = Action::path_error, .error = IoError::no_medium};
constexpr Outcome disconnected{
    .action = Action::path_error, .error = IoError::io, .disconnected = true};
constexpr Outcome medium_error{.action = Action::retry_then_elsewhere,
                               .error = IoError::medium,
                               .max_retries = Outcome::default_retries};
constexpr Outcome target_elsewhere{.action = Action::elsewhere, .error = IoError::target};

constexpr Outcome not_accessible(AccessState state) noexcept {
  return {.action = Action::path_error,
          .error = IoError::io,
          .access_state = state,
          .refresh_alua = true};
}

constexpr Outcome fail_with(IoError error) noexcept {
  return {.action = Action::fail, .error = error};
}

/// Of which commands a row speaks.
enum class Of : std::uint8_t { all, writes, unmaps, flushes };

constexpr int any = -1;

struct SenseRow {
  SenseKey key;
  int asc;
  int first_ascq;
  int last_ascq;
  Outcome outcome;
  Of of = Of::all;

  constexpr SenseRow(SenseKey k, Outcome o, Of w = Of::all) noexcept
      : SenseRow(k, any, 0x00, 0xff, o, w) {}
  constexpr SenseRow(SenseKey k, int a, Outcome o, Of w = Of::all) noexcept
      : SenseRow(k, a, 0x00, 0xff, o, w) {}
  constexpr SenseRow(SenseKey k, int a, int q, Outcome o) noexcept : SenseRow(k, a, q, q, o) {}
  constexpr SenseRow(SenseKey k, int a, int q, int to, Outcome o, Of w = Of::all) noexcept
      : key(k), asc(a), first_ascq(q), last_ascq(to), outcome(o), of(w) {}
};

/// The first row that matches counts; the last of every key matches all of it.
constexpr std::array sense_table{
    SenseRow{SenseKey::no_sense, retry},

    SenseRow{SenseKey::recovered_error, success},

    SenseRow{SenseKey::not_ready, 0x04, 0x01, retry},       // becoming ready
    SenseRow{SenseKey::not_ready, 0x04, 0x04, path_error},  // format: longer than retries last
    SenseRow{SenseKey::not_ready, 0x04, 0x05, 0x09, retry},
    SenseRow{SenseKey::not_ready, 0x04, 0x0a, transitioning},
    SenseRow{SenseKey::not_ready, 0x04, 0x0b, not_accessible(AccessState::standby)},
    SenseRow{SenseKey::not_ready, 0x04, 0x0c, not_accessible(AccessState::unavailable)},
    SenseRow{SenseKey::not_ready, 0x04, 0x11, retry},
    SenseRow{SenseKey::not_ready, 0x04, 0x12, not_accessible(AccessState::offline)},
    SenseRow{SenseKey::not_ready, 0x04, 0x14, retry},
    SenseRow{SenseKey::not_ready, 0x04, 0x1a, retry},
    SenseRow{SenseKey::not_ready, 0x04, 0x1b, path_error},  // sanitize: as format
    SenseRow{SenseKey::not_ready, 0x04, 0x1d, retry},
    SenseRow{SenseKey::not_ready, 0x04, 0x24, 0x25, retry},
    SenseRow{SenseKey::not_ready, 0x3a, no_medium},
    SenseRow{SenseKey::not_ready, path_error},

    SenseRow{SenseKey::medium_error, 0x11, fail_with(IoError::medium)},
    SenseRow{SenseKey::medium_error, 0x13, fail_with(IoError::medium)},
    SenseRow{SenseKey::medium_error, 0x14, fail_with(IoError::medium)},
    SenseRow{SenseKey::medium_error, medium_error},

    SenseRow{SenseKey::hardware_error, target_elsewhere},

    SenseRow{SenseKey::illegal_request, 0x10, fail_with(IoError::protection)},
    SenseRow{SenseKey::illegal_request, 0x20, fail_with(IoError::not_supported), Of::unmaps},
    SenseRow{SenseKey::illegal_request, 0x20, success, Of::flushes},  // it has no cache
    SenseRow{SenseKey::illegal_request, 0x20, fail_with(IoError::target)},
    SenseRow{SenseKey::illegal_request, 0x21, fail_with(IoError::invalid)},
    SenseRow{SenseKey::illegal_request, 0x22, fail_with(IoError::target)},
    SenseRow{SenseKey::illegal_request, 0x24, fail_with(IoError::target)},
    SenseRow{SenseKey::illegal_request, 0x25, 0x00, disconnected},
    SenseRow{SenseKey::illegal_request, 0x26, fail_with(IoError::target)},
    SenseRow{SenseKey::illegal_request, 0x27, fail_with(IoError::target)},
    SenseRow{SenseKey::illegal_request, target_elsewhere},

    SenseRow{SenseKey::unit_attention, 0x04, 0x0a, transitioning},
    SenseRow{SenseKey::unit_attention, 0x29, 0x00, 0x01, hold_after_power_on},
    SenseRow{SenseKey::unit_attention, 0x29, 0x02, 0x04, hold_after_reset},
    SenseRow{SenseKey::unit_attention, 0x29, hold},  // a new nexus or bus mode
    SenseRow{SenseKey::unit_attention, 0x2a, 0x01, hold},
    SenseRow{SenseKey::unit_attention, 0x2a, 0x06, 0x07, retry_alua},
    SenseRow{SenseKey::unit_attention, 0x2a, 0x09, retry_capacity},
    SenseRow{SenseKey::unit_attention, 0x38, 0x07, retry_space},
    SenseRow{SenseKey::unit_attention, 0x3f, 0x03, hold},
    SenseRow{SenseKey::unit_attention, 0x3f, 0x0e, hold},
    SenseRow{SenseKey::unit_attention, retry},

    SenseRow{SenseKey::data_protect, 0x27, 0x07, fail_with(IoError::no_space)},
    SenseRow{SenseKey::data_protect, fail_with(IoError::read_only), Of::writes},
    SenseRow{SenseKey::data_protect, fail_with(IoError::io)},

    SenseRow{SenseKey::blank_check, fail_with(IoError::io)},
    SenseRow{SenseKey::vendor_specific, target_elsewhere},
    SenseRow{SenseKey::copy_aborted, fail_with(IoError::io)},

    SenseRow{SenseKey::aborted_command, 0x10, fail_with(IoError::protection)},
    SenseRow{SenseKey::aborted_command, 0x2e, 0x01, 0x03, fail_with(IoError::timed_out)},
    SenseRow{SenseKey::aborted_command, retry_once},

    SenseRow{SenseKey::reserved, target_elsewhere},
    SenseRow{SenseKey::volume_overflow, fail_with(IoError::io)},
    SenseRow{SenseKey::miscompare, fail_with(IoError::protection)},
    SenseRow{SenseKey::completed, target_elsewhere},
};

bool moves_blocks(Opcode opcode) noexcept {
  return opcode == Opcode::read_10 || opcode == Opcode::read_16 || opcode == Opcode::write_10 ||
         opcode == Opcode::write_16;
}

bool writes_same(Opcode opcode) noexcept {
  return opcode == Opcode::write_same_10 || opcode == Opcode::write_same_16;
}

bool unmaps(Opcode opcode) noexcept {
  return opcode == Opcode::unmap || writes_same(opcode);
}

bool flushes(Opcode opcode) noexcept {
  return opcode == Opcode::synchronize_cache_10 || opcode == Opcode::synchronize_cache_16;
}

bool speaks_of(Of of, Opcode opcode) noexcept {
  switch (of) {
    case Of::all:
      return true;
    case Of::writes:
      return opcode == Opcode::write_10 || opcode == Opcode::write_16 || unmaps(opcode);
    case Of::unmaps:
      return unmaps(opcode);
    case Of::flushes:
      return flushes(opcode);
  }
  return false;
}

/// What a disk reports late, it had said was good: it could not write it from its cache.
bool loses_writes(SenseKey deferred) noexcept {
  return deferred == SenseKey::medium_error || deferred == SenseKey::hardware_error ||
         deferred == SenseKey::data_protect;
}

Outcome classify_sense(const Command& command) noexcept {
  const Sense sense = decode_sense(command.result.sense_bytes());
  if (!sense.valid) return path_error;
  if (sense.deferred) return loses_writes(sense.sense_key()) ? retry_after_loss : retry_deferred;
  for (const SenseRow& row : sense_table) {
    if (row.key == sense.sense_key() && (row.asc == any || row.asc == sense.asc) &&
        row.first_ascq <= sense.ascq && sense.ascq <= row.last_ascq &&
        speaks_of(row.of, opcode(command.cdb))) {
      return row.outcome;
    }
  }
  return path_error;
}

Outcome classify_status(const Command& command) noexcept {
  switch (static_cast<Status>(command.result.status)) {
    case Status::good:
    case Status::condition_met:
    case Status::intermediate:
    case Status::intermediate_condition_met:
      return success;
    case Status::check_condition:
      return classify_sense(command);
    case Status::busy:
    case Status::task_set_full:
      return busy;
    case Status::reservation_conflict:
      return fail_with(IoError::reservation);
    case Status::aca_active:
      return path_error;
    case Status::task_aborted:
      return retry;
  }
  return path_error;
}

Outcome classify_host(const Command& command) noexcept {
  const auto& result = command.result;
  switch (static_cast<HostByte>(result.host)) {
    case HostByte::ok:
      return classify_status(command);
    case HostByte::error:
      // So do some adapters report a conflict.
      if (static_cast<Status>(result.status) == Status::reservation_conflict) {
        return fail_with(IoError::reservation);
      }
      return retry_once;
    case HostByte::bus_busy:
    case HostByte::parity:
    case HostByte::soft_error:
    case HostByte::transport_disrupted:
      return retry_once;
    case HostByte::reset:
    case HostByte::imm_retry:
    case HostByte::requeue:
      return retry;
    case HostByte::target_failure:
      return fail_with(IoError::target);
    case HostByte::nexus_failure:
      return fail_with(IoError::reservation);
    case HostByte::alloc_failure:
      return fail_with(IoError::no_space);
    case HostByte::medium_error:
      return fail_with(IoError::medium);
    case HostByte::no_connect:
    case HostByte::time_out:
    case HostByte::bad_target:
    case HostByte::abort:
    case HostByte::bad_intr:
    case HostByte::passthrough:
    case HostByte::transport_failfast:
    case HostByte::transport_marginal:
      return path_error;
  }
  return path_error;
}

Outcome classify_os_error(int number) noexcept {
  switch (number) {
    case EAGAIN:
    case ENOMEM:
      return retry;
    case EDOM:  // the descriptor takes no more commands
      return busy;
    case EINTR:
      return {.action = Action::fail, .error = IoError::io, .may_still_run = true};
    case EINVAL:
    case EPERM:
      return fail_with(IoError::target);
    default:
      return path_error;
  }
}

/// A transfer that is not whole is no success; it is never patched up.
Outcome check_residual(const Command& command) noexcept {
  const std::int64_t residual = command.result.residual;
  // Of its one block not all has come, or the adapter counts wrongly: there are other ways.
  if (residual > 0 && writes_same(opcode(command.cdb))) return fail_with(IoError::not_supported);
  if (residual == 0 || !moves_blocks(opcode(command.cdb))) return success;
  Outcome outcome = retry_once;
  outcome.bad_residual = residual < 0 || residual > static_cast<std::int64_t>(command.data.size());
  return outcome;
}

}  // namespace

Outcome classify(const Command& command) noexcept {
  const CommandResult& result = command.result;
  // Nearly every command: worth a way of its own.
  if ((result.os_error | result.host | result.status | result.residual) == 0) return success;
  if (result.os_error != 0) return classify_os_error(result.os_error);
  const Outcome outcome = classify_host(command);
  return outcome.action == Action::done ? check_residual(command) : outcome;
}

std::vector<SenseMatch> sense_rows() {
  std::vector<SenseMatch> rows;
  for (const SenseRow& row : sense_table) {
    SenseMatch match{static_cast<std::uint8_t>(row.key),
                     {},
                     static_cast<std::uint8_t>(row.first_ascq),
                     static_cast<std::uint8_t>(row.last_ascq)};
    if (row.asc != any) match.asc = static_cast<std::uint8_t>(row.asc);
    rows.push_back(match);
  }
  return rows;
}

CheckResult check_result(const Outcome& outcome) noexcept {
  switch (outcome.action) {
    case Action::done:
      return CheckResult::up;
    case Action::path_error:
      if (outcome.disconnected) return CheckResult::disconnected;
      return outcome.access_state == AccessState::unknown ? CheckResult::down : CheckResult::ghost;
    case Action::transitioning:
      return CheckResult::pending;
    case Action::retry:
    case Action::busy:
    case Action::hold_path:
      return CheckResult::again;
    case Action::fail:
      // Someone else's reservation keeps our I/O away, but the path works.
      return outcome.error == IoError::reservation ? CheckResult::up : CheckResult::down;
    case Action::retry_then_elsewhere:
    case Action::elsewhere:
      return CheckResult::down;
  }
  return CheckResult::down;
}

}  // namespace scsimpath::scsi
