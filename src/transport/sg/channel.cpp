// SPDX-License-Identifier: LGPL-2.1-or-later
// The way of a path's commands: wait, be carried out, end.
#include "channel.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "blocking_leave.h"
#include "header.h"
#include "opcode.h"
#include "system_error.h"

namespace scsimpath::sg {

namespace {

// A command's scratch word: 0 with nobody, 1 waiting, else the moment it was sent.
constexpr std::uint64_t word_waiting = 1;
// Then another path has its turn with this thread.
constexpr unsigned max_burst = 32;

}  // namespace

Channel::Channel(Parts parts, std::unique_ptr<SgDevice> device, unsigned depth,
                 unsigned max_waiting, std::shared_ptr<void> companion)
    : parts_(parts),
      device_(std::move(device)),
      depth_(depth),
      max_waiting_(max_waiting),
      companion_(std::move(companion)) {}

Result<void> Channel::open() {
  if (const int number = device_->open(); number != 0) return fail(number, error_text(number));
  return {};
}

void Channel::end(Command& command, int os_error) noexcept {
  command.result = CommandResult{};
  command.result.os_error = os_error;
  command.done(command);
}

void Channel::submit(Command& command) noexcept {
  int refusal = 0;
  bool mine = false;
  bool ask = false;
  {
    const MutexLock lock(mutex_);
    if (gone_ || retired_) {
      refusal = ENODEV;
    } else if (waiting_.empty() && in_flight_ < depth_ && BlockingLeave::take()) {
      mine = true;
      hand_over(command);
    } else if (waiting_count_ >= max_waiting_) {
      refusal = EDOM;
    } else {
      command.transport.word = word_waiting;
      waiting_.push_back(command);
      ++waiting_count_;
      ask = needs_caller();
    }
  }
  if (refusal != 0) end(command, refusal);
  if (mine) carry(command);
  if (ask) parts_.callers.ask(shared_from_this());
}

/// On the submitter's thread. When `done` was called the path may be gone.
void Channel::carry(Command& command) noexcept {
  execute(command);
  bool ask = false;
  bool resting = false;
  {
    const MutexLock lock(mutex_);
    take_back(command);
    ask = needs_caller();
    resting = rests();
  }
  BlockingLeave::give_back();
  if (ask) parts_.callers.ask(shared_from_this());
  if (resting) parts_.graveyard.look_again();
  command.done(command);
}

void Channel::call() noexcept {
  MutexLock lock(mutex_);
  --asked_;
  for (unsigned i = 0; i < max_burst; ++i) {
    Command* const command = next();
    if (command == nullptr) break;
    lock.unlock();
    execute(*command);
    lock.lock();
    take_back(*command);
    lock.unlock();
    command->done(*command);
    lock.lock();
  }
  const bool ask = needs_caller();
  const bool resting = rests();
  lock.unlock();
  if (ask) parts_.callers.ask(shared_from_this());
  if (resting) parts_.graveyard.look_again();
}

void Channel::hand_over(Command& command) noexcept {
  command.transport.word =
      static_cast<std::uint64_t>(parts_.clock.now().time_since_epoch().count());
  command.result = CommandResult{};
  sent_.push_back(command);
  ++in_flight_;
}

/// The one that waits longest, where there is room for it.
Command* Channel::next() noexcept {
  if (waiting_.empty() || in_flight_ >= depth_) return nullptr;
  Command* const command = waiting_.pop_front();
  --waiting_count_;
  hand_over(*command);
  return command;
}

void Channel::execute(Command& command) noexcept {
  sg_io_v4 header = to_header(command);
  const int number = device_->execute(header);
  if (number == 0) {
    take_result(header, command);
    return;
  }
  command.result = CommandResult{};
  command.result.os_error = number;
  // Other errors are this command's; this one is the device's, and for good.
  if (number == ENODEV) lose();
}

void Channel::take_back(Command& command) noexcept {
  command.transport.word = 0;
  sent_.remove(command);
  --in_flight_;
}

/// Whether something could go on its way that nobody comes for; then somebody must be asked.
bool Channel::needs_caller() noexcept {
  if (in_flight_ + asked_ >= depth_ || asked_ >= waiting_count_) return false;
  ++asked_;
  return true;
}

/// Everything that waits ends, and everything that comes.
void Channel::lose() noexcept {
  CommandList lost;
  {
    const MutexLock lock(mutex_);
    gone_ = true;
    lost = std::exchange(waiting_, CommandList{});
    waiting_count_ = 0;
    for (Command* command = lost.front(); command != nullptr; command = lost.after(*command)) {
      command->transport.word = 0;
    }
  }
  while (Command* const command = lost.pop_front()) end(*command, ENODEV);
}

bool Channel::withdraw(Command& command) noexcept {
  {
    const MutexLock lock(mutex_);
    if (command.transport.word != word_waiting) return false;
    command.transport.word = 0;
    waiting_.remove(command);
    --waiting_count_;
  }
  command.result = CommandResult{};
  command.result.host = static_cast<std::uint8_t>(scsi::HostByte::abort);
  command.done(command);
  return true;
}

void Channel::retire() noexcept {
  {
    const MutexLock lock(mutex_);
    retired_ = true;
  }
  lose();
  parts_.graveyard.bury(shared_from_this());
}

Usage Channel::usage() noexcept {
  const MutexLock lock(mutex_);
  Usage usage{.in_flight = in_flight_, .waiting = waiting_count_};
  if (const Command* const oldest = sent_.front()) {
    const Instant sent{Duration(static_cast<Duration::rep>(oldest->transport.word))};
    usage.oldest = std::max(parts_.clock.now() - sent, Duration::zero());
  }
  return usage;
}

bool Channel::rests() const noexcept {
  return retired_ && in_flight_ == 0 && asked_ == 0 && waiting_.empty();
}

bool Channel::at_rest() noexcept {
  const MutexLock lock(mutex_);
  return rests();
}

void Channel::close() noexcept {
  device_->close();
  companion_ = nullptr;
}

}  // namespace scsimpath::sg
