// SPDX-License-Identifier: LGPL-2.1-or-later
// The way into a logical unit through one port, past the fault that is in force there.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "command_list.h"
#include "fault.h"
#include "logical_unit.h"
#include "mutex.h"
#include "scsimpath/runtime.h"

namespace scsimpath::emulated {

/// Shared by its port and by whatever still runs for it on the runtime's threads, since a command's
/// `done` may end with the port's destruction.
///
/// Where a command is, kept in its scratch; `mutex_` guards every change but into `passing`:
///
///     passing ──► held ───────► due ──► passing
///        │                       ▲         ▲
///        └──────► delayed ───────┘         │
///                    └───► aborting ───────┘
///
/// - passing: not ours to stop: being submitted, executed or completed
/// - held: hangs; executed late when the fault is written again
/// - delayed: its timer is armed
/// - due: waits for a worker to carry it out
/// - aborting: aborted while its timer was firing; the timer's function completes it
class FaultGate : public std::enable_shared_from_this<FaultGate> {
 public:
  FaultGate(std::shared_ptr<LogicalUnit> unit, unsigned port, Runtime& runtime);

  /// Takes a command all the way; see Transport::submit.
  void submit(Command& command) noexcept;
  /// Exact: a command that has not begun is completed with host status ABORT and never executed.
  void abort(Command& command) noexcept;

  [[nodiscard]] std::string fault() const;
  /// Also lets go of what hangs.
  void set_fault(const Fault& fault);
  void set_access_state(AccessState state) noexcept;
  void lose_power() noexcept;

 private:
  enum class Stage : std::uint8_t { passing, held, delayed, due, aborting };

  /// What is still to be done with a command: execute it, moving at most `window` bytes, or just
  /// tell the result that is in it already.
  struct Plan {
    bool answered = false;
    std::uint32_t window = 0;
  };
  struct CarryTask : Task {
    explicit CarryTask(FaultGate& owner) noexcept;
    FaultGate& gate;
  };

  void submit_to_fault(Command& command) noexcept;
  /// Counts the command; true when the fault strikes it.
  [[nodiscard]] bool strikes(const Command& command) noexcept REQUIRES(mutex_);
  [[nodiscard]] Plan plan(Command& command) const noexcept REQUIRES(mutex_);
  void carry_out(Command& command, Plan plan) noexcept;

  static void delay_over(Timer& timer) noexcept;
  static void carry_next(Task& task) noexcept;
  void post_carry() noexcept REQUIRES(mutex_);

  [[nodiscard]] static Stage stage(Command& command) noexcept;
  [[nodiscard]] static Plan kept_plan(Command& command) noexcept;
  static void keep(Command& command, Stage stage, Plan plan) noexcept;
  static void leave(Command& command) noexcept;

  const std::shared_ptr<LogicalUnit> unit_;
  const unsigned port_;
  Clock& clock_;
  Timers& timers_;
  Executor& workers_;

  /// False: no command needs the mutex.
  std::atomic<bool> armed_{false};

  /// Taken before the runtime's own locks; never held while a command is executed or completed.
  mutable Mutex mutex_;
  Fault fault_ GUARDED_BY(mutex_);
  std::uint64_t matched_ GUARDED_BY(mutex_) = 0;
  std::uint64_t struck_ GUARDED_BY(mutex_) = 0;
  CommandList held_ GUARDED_BY(mutex_);
  CommandList due_ GUARDED_BY(mutex_);
  /// Keeps this alive while the task is posted.
  std::shared_ptr<FaultGate> posted_ GUARDED_BY(mutex_);
  CarryTask carry_;
};

}  // namespace scsimpath::emulated
