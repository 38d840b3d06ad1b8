// SPDX-License-Identifier: LGPL-2.1-or-later
// The one table that says what to do when a command came back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scsimpath/command.h"
#include "scsimpath/io_error.h"
#include "scsimpath/path.h"
#include "scsimpath/reason.h"

namespace scsimpath::scsi {

/// What becomes of the master whose command ended so.
/// - done: success
/// - path_error: the path failed; the whole master goes to another one at once. Bounded by time
///   only; a master that met nothing else ends with `error`
/// - retry: the same path after a delay, `max_retries` times, then as path_error
/// - retry_then_elsewhere: the same path after a delay, `max_retries` times, then as elsewhere
/// - elsewhere: one other path, then the master ends with `error`
/// - busy: the same path after a delay with fewer commands in flight, then another; the path stays
///   running, used last for a while
/// - transitioning: the path's port group changes state: another group, or wait for the transition
/// - hold_path: nothing goes down this path until its identity and capacity were asked again; the
///   master goes elsewhere meanwhile
/// - fail: the target's answer: the master ends with `error`, no retry
enum class Action : std::uint8_t {
  done,
  path_error,
  retry,
  retry_then_elsewhere,
  elsewhere,
  busy,
  transitioning,
  hold_path,
  fail,
};

struct Outcome {
  /// S of the table: 10 ms, doubling to 1 s, at most so many times.
  static constexpr std::uint8_t default_retries = 5;

  Action action = Action::done;
  /// What the master ends with when it ends because of this; none with `done`.
  IoError error = IoError::none;
  /// Of retry, retry_then_elsewhere and busy.
  std::uint8_t max_retries = 0;
  /// The access state of the path's port group that the sense data tells; unknown: nothing.
  AccessState access_state = AccessState::unknown;

  // What else it tells.
  bool refresh_alua : 1 = false;      ///< ask REPORT TARGET PORT GROUPS again
  bool refresh_capacity : 1 = false;  ///< ask READ CAPACITY again
  bool revalidate : 1 = false;        ///< ask identity and capacity again before any I/O
  bool disconnected : 1 = false;      ///< the logical unit is not there; on all paths: it is gone
  bool warn_space : 1 = false;        ///< a thin provisioning threshold was passed
  bool bad_residual : 1 = false;      ///< the device claims to have moved an impossible amount
  bool reset_seen : 1 = false;        ///< power on or a reset: volatile state may be lost
  bool power_on : 1 = false;          ///< such that a loss of power would tell too
  bool suspects_path : 1 = false;     ///< the transport garbled it: too many, and it is used last
  bool deferred : 1 = false;          ///< the sense data is about an earlier command
  bool loses_writes : 1 = false;      ///< that one was a write, and was acknowledged
  /// The command came back without an end: it may be executed yet. Never retried; the blocks of a
  /// write stay locked.
  bool may_still_run : 1 = false;

  bool operator==(const Outcome&) const = default;
};

/// Every final result goes through here, whoever sent the command. No allocation.
[[nodiscard]] Outcome classify(const Command& command) noexcept;

/// A row of the table's part about sense data: what it matches.
struct SenseMatch {
  std::uint8_t key;
  std::optional<std::uint8_t> asc;  ///< empty: any
  std::uint8_t first_ascq;
  std::uint8_t last_ascq;
};
/// The rows in their order, so that others can be sure to have met each.
[[nodiscard]] std::vector<SenseMatch> sense_rows();

/// What the answer to a check (TEST UNIT READY) says of a path.
/// - up: answers, would take I/O
/// - ghost: answers; its port group takes no I/O
/// - pending: its port group is changing state
/// - disconnected: the logical unit is not there
/// - again: a unit attention, or busy: ask once more, at most `Outcome::default_retries` times
/// - down: anything else
enum class CheckResult : std::uint8_t { up, ghost, pending, disconnected, again, down };

[[nodiscard]] CheckResult check_result(const Outcome& outcome) noexcept;

/// Why it was not `done`, for people: the sense data, the status or the host byte in words.
[[nodiscard]] std::string reason(const CommandResult& result);
/// The same with the command's name and the codes.
[[nodiscard]] Reason reason(const Command& command);
/// The codes alone.
[[nodiscard]] CommandEnd command_end(const Command& command) noexcept;
/// The words for one that was given up.
[[nodiscard]] std::string unanswered(const Command& command);

}  // namespace scsimpath::scsi
