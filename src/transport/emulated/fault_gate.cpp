// SPDX-License-Identifier: LGPL-2.1-or-later
// Lets commands through, delays, holds, cuts and answers them.
#include "fault_gate.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>

#include "opcode.h"
#include "sense_codes.h"

namespace scsimpath::emulated {
namespace {

constexpr std::uint32_t whole = std::numeric_limits<std::uint32_t>::max();

void clear_result(CommandResult& result) noexcept {
  result.os_error = 0;
  result.status = 0;
  result.host = 0;
  result.driver = 0;
  result.sense_length = 0;
  result.residual = 0;
}

/// A result of which no data came with it.
void answer_host(Command& command, scsi::HostByte host) noexcept {
  clear_result(command.result);
  command.result.host = static_cast<std::uint8_t>(host);
  command.result.residual = static_cast<std::int32_t>(command.data.size());
}

static_assert(std::is_standard_layout_v<Command>, "offsetof must be defined");

Command& command_of(Timer& timer) noexcept {
  constexpr std::size_t offset = offsetof(Command, transport) + offsetof(Command::Scratch, timer);
  return *reinterpret_cast<Command*>(reinterpret_cast<std::byte*>(&timer) - offset);
}

}  // namespace

FaultGate::CarryTask::CarryTask(FaultGate& owner) noexcept : Task(&carry_next), gate(owner) {}

FaultGate::FaultGate(std::shared_ptr<LogicalUnit> unit, unsigned port, Runtime& runtime)
    : unit_(std::move(unit)),
      port_(port),
      clock_(runtime.clock),
      timers_(runtime.timers),
      workers_(runtime.workers),
      carry_(*this) {}

void FaultGate::submit(Command& command) noexcept {
  clear_result(command.result);
  leave(command);
  if (armed_.load(std::memory_order_relaxed)) [[unlikely]] {
    submit_to_fault(command);
    return;
  }
  unit_->execute(port_, command, whole);
  command.done(command);
}

void FaultGate::submit_to_fault(Command& command) noexcept {
  const auto alive = shared_from_this();
  Plan todo{.window = whole};
  {
    MutexLock lock(mutex_);
    if (strikes(command)) {
      if (fault_.kind == FaultKind::hang) {
        keep(command, Stage::held, todo);
        held_.push_back(command);
        return;
      }
      todo = plan(command);
      if (fault_.delay) {
        keep(command, Stage::delayed, todo);
        command.transport.owner = this;
        command.transport.timer.fire = &delay_over;
        timers_.arm(command.transport.timer, clock_.now() + *fault_.delay);
        return;
      }
    }
  }
  carry_out(command, todo);
}

void FaultGate::abort(Command& command) noexcept {
  const auto alive = shared_from_this();
  {
    MutexLock lock(mutex_);
    switch (stage(command)) {
      case Stage::passing:
      case Stage::aborting:
        return;
      case Stage::held:
        held_.remove(command);
        break;
      case Stage::due:
        due_.remove(command);
        break;
      case Stage::delayed:
        if (!timers_.cancel(command.transport.timer)) {
          // Its function has begun and waits for the mutex: it needs the command.
          keep(command, Stage::aborting, {});
          return;
        }
        break;
    }
    leave(command);
  }
  answer_host(command, scsi::HostByte::abort);
  command.done(command);
}

std::string FaultGate::fault() const {
  MutexLock lock(mutex_);
  return to_string(fault_);
}

void FaultGate::set_fault(const Fault& fault) {
  MutexLock lock(mutex_);
  fault_ = fault;
  matched_ = 0;
  struck_ = 0;
  armed_ = fault_.in_force();
  while (Command* command = held_.pop_front()) {
    keep(*command, Stage::due, kept_plan(*command));
    due_.push_back(*command);
  }
  if (!due_.empty()) post_carry();
}

void FaultGate::set_access_state(AccessState state) noexcept {
  unit_->set_access_state(port_, state);
}

void FaultGate::lose_power() noexcept {
  unit_->lose_power();
}

bool FaultGate::strikes(const Command& command) noexcept {
  if (!fault_.in_force() || !matches(fault_.scope, command)) return false;
  if (++matched_ % fault_.every != 0) return false;
  if (!fault_.count) return true;
  if (struck_ >= *fault_.count) return false;
  if (++struck_ == *fault_.count) armed_ = false;
  return true;
}

FaultGate::Plan FaultGate::plan(Command& command) const noexcept {
  switch (fault_.kind) {
    case FaultKind::none:
    case FaultKind::hang:
      break;
    case FaultKind::offline:
      answer_host(command, scsi::HostByte::no_connect);
      return {.answered = true};
    case FaultKind::answer: {
      constexpr auto check_condition = static_cast<std::uint8_t>(scsi::Status::check_condition);
      answer_host(command, static_cast<scsi::HostByte>(fault_.host.value_or(0)));
      command.result.status = fault_.status.value_or(fault_.sense ? check_condition : 0);
      if (fault_.sense) put_sense(command.result, *fault_.sense);
      return {.answered = true};
    }
    case FaultKind::shorten:
      return {.window = fault_.short_bytes};
  }
  return {.window = whole};
}

void FaultGate::carry_out(Command& command, Plan plan) noexcept {
  if (!plan.answered) unit_->execute(port_, command, plan.window);
  command.done(command);
}

/// On the control thread.
void FaultGate::delay_over(Timer& timer) noexcept {
  Command& command = command_of(timer);
  // The command is still ours, so its port is still there.
  const auto gate = static_cast<FaultGate*>(command.transport.owner)->shared_from_this();
  {
    MutexLock lock(gate->mutex_);
    if (stage(command) == Stage::delayed) {
      keep(command, Stage::due, kept_plan(command));
      gate->due_.push_back(command);
      gate->post_carry();
      return;
    }
    leave(command);
  }
  answer_host(command, scsi::HostByte::abort);
  command.done(command);
}

/// On a worker. Takes one command and passes the rest on, so that many are carried out at once.
void FaultGate::carry_next(Task& task) noexcept {
  FaultGate& gate = static_cast<CarryTask&>(task).gate;
  std::shared_ptr<FaultGate> alive;
  Command* command = nullptr;
  Plan todo;
  {
    MutexLock lock(gate.mutex_);
    alive = std::move(gate.posted_);
    gate.posted_ = nullptr;
    command = gate.due_.pop_front();
    if (command != nullptr) {
      todo = kept_plan(*command);
      leave(*command);
    }
    if (!gate.due_.empty()) gate.post_carry();
  }
  if (command != nullptr) gate.carry_out(*command, todo);
}

void FaultGate::post_carry() noexcept {
  if (posted_) return;
  posted_ = shared_from_this();
  workers_.post(carry_);
}

// The scratch word: the stage in bits 0-7, bit 8 `answered`, the window in bits 32-63. Atomic, as
// an abort may look at it while the command is being submitted.

FaultGate::Stage FaultGate::stage(Command& command) noexcept {
  const std::uint64_t word =
      std::atomic_ref(command.transport.word).load(std::memory_order_relaxed);
  return static_cast<Stage>(word & 0xff);
}

FaultGate::Plan FaultGate::kept_plan(Command& command) noexcept {
  const std::uint64_t word =
      std::atomic_ref(command.transport.word).load(std::memory_order_relaxed);
  return {.answered = (word & 0x100) != 0, .window = static_cast<std::uint32_t>(word >> 32)};
}

void FaultGate::keep(Command& command, Stage stage, Plan plan) noexcept {
  const std::uint64_t word = static_cast<std::uint64_t>(stage) |
                             (plan.answered ? std::uint64_t{0x100} : 0) |
                             std::uint64_t{plan.window} << 32;
  std::atomic_ref(command.transport.word).store(word, std::memory_order_relaxed);
}

void FaultGate::leave(Command& command) noexcept {
  keep(command, Stage::passing, {});
}

}  // namespace scsimpath::emulated
