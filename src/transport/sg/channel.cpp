// SPDX-License-Identifier: LGPL-2.1-or-later
// The way of a path's commands: wait, write, read.
#include "channel.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "header.h"
#include "opcode.h"
#include "refusal.h"
#include "system_error.h"

namespace scsimpath::sg {

namespace {

constexpr unsigned slot_bits = 4;
constexpr unsigned slot_mask = (1U << slot_bits) - 1;
static_assert(Channel::per_descriptor == 1U << slot_bits);
// A pack_id is a positive int.
constexpr unsigned generation_mask = 0x7ffffffU;

constexpr int to_pack_id(unsigned slot, unsigned generation) noexcept {
  return static_cast<int>(generation << slot_bits | slot);
}

}  // namespace

Channel::Send::Send(Channel& all) noexcept
    : Task([](Task& task) noexcept {
        Channel& self = static_cast<Send&>(task).channel;
        std::shared_ptr<Channel> alive;
        {
          const MutexLock lock(self.mutex_);
          alive = std::move(self.self_);
        }
        alive->send();
      }),
      channel(all) {}

Channel::Channel(Parts parts, std::vector<std::unique_ptr<SgDevice>> devices, unsigned max_waiting,
                 std::shared_ptr<void> companion)
    : parts_(parts), max_waiting_(max_waiting), companion_(std::move(companion)), task_(*this) {
  for (auto& device : devices) lanes_.push_back(std::make_unique<Lane>(*this, std::move(device)));
}

Result<void> Channel::open() {
  int number = 0;
  std::size_t opened = 0;
  while (opened < lanes_.size() && number == 0) {
    number = lanes_[opened]->device->open();
    if (number == 0) ++opened;
  }
  Result<void> result;
  if (number != 0) result = fail(number, error_text(number));
  for (std::size_t i = 0; i < opened && result.has_value(); ++i) {
    Lane& lane = *lanes_[i];
    auto watch =
        parts_.reaper.add(lane.device->fd(), std::shared_ptr<Lane>(shared_from_this(), &lane));
    if (watch) {
      lane.watch = *watch;
    } else {
      result = std::unexpected(std::move(watch.error()));
    }
  }
  if (result.has_value()) return result;
  while (opened > 0) {
    Lane& lane = *lanes_[--opened];
    parts_.reaper.remove(std::exchange(lane.watch, 0));
    lane.device->close();
  }
  return result;
}

void Channel::end(Command& command, int os_error) noexcept {
  command.result = CommandResult{};
  command.result.os_error = os_error;
  command.done(command);
}

void Channel::submit(Command& command) noexcept {
  int refusal = 0;
  {
    const MutexLock lock(mutex_);
    if (gone_ || retired_) {
      refusal = ENODEV;
    } else if (waiting_count_ >= max_waiting_) {
      refusal = EDOM;
    } else {
      command.transport.word = word_waiting;
      waiting_.push_back(command);
      ++waiting_count_;
      if (sending_) return;
      sending_ = true;
    }
  }
  if (refusal != 0) return end(command, refusal);
  send();
}

void Channel::send() noexcept {
  for (unsigned i = 0;; ++i) {
    const std::optional<Order> order = next(i >= max_burst);
    if (!order) return;
    const sg_io_hdr_t header = to_header(*order->command, order->pack_id);
    const int number = order->lane->device->submit(header);
    // Of a command that was taken nothing is touched: it may be back and gone already.
    if (number != 0) refused(*order, number);
  }
}

/// The next command that has room; without one whoever sends is done. `pass_on`: this thread has
/// sent enough for others, the executor goes on.
std::optional<Channel::Order> Channel::next(bool pass_on) noexcept {
  bool resting = false;
  {
    const MutexLock lock(mutex_);
    Lane* const lane = waiting_.empty() ? nullptr : lane_with_room();
    if (lane != nullptr && !pass_on) {
      Command* const command = waiting_.pop_front();
      --waiting_count_;
      const auto slot = std::ranges::find(lane->slots, nullptr, &Slot::command);
      slot->command = command;
      slot->generation = (slot->generation + 1) & generation_mask;
      slot->sent = parts_.clock.now();
      ++lane->in_flight;
      command->transport.word = 0;
      command->result = CommandResult{};
      const auto index = static_cast<unsigned>(slot - lane->slots.begin());
      return Order{lane, &*slot, command, to_pack_id(index, slot->generation), lane->came_back};
    }
    if (lane != nullptr) {
      self_ = shared_from_this();
    } else {
      sending_ = false;
      resting = rests();
    }
    if (lane == nullptr && !resting) return std::nullopt;
  }
  if (resting) {
    parts_.graveyard.look_again();
  } else {
    parts_.sender.post(task_);
  }
  return std::nullopt;
}

Channel::Lane* Channel::lane_with_room() noexcept {
  // The emptiest: a descriptor of its own is one lock less in the kernel.
  Lane* best = nullptr;
  for (const auto& lane : lanes_) {
    if (lane->full || lane->in_flight >= per_descriptor) continue;
    if (best == nullptr || lane->in_flight < best->in_flight) best = lane.get();
  }
  return best;
}

void Channel::vacate(Lane& lane, Slot& slot) noexcept {
  slot.command = nullptr;
  --lane.in_flight;
}

void Channel::refused(const Order& order, int number) noexcept {
  Command& command = *order.command;
  bool gone = false;
  {
    const MutexLock lock(mutex_);
    vacate(*order.lane, *order.slot);
    switch (classify_submit(number)) {
      case Refusal::full: {
        const bool others = order.lane->in_flight > 0;
        const bool changed = order.lane->came_back != order.came_back;
        if (gone_ || (!others && !changed)) break;
        // One of them comes back, or has come back meanwhile.
        order.lane->full = !changed;
        command.transport.word = word_waiting;
        waiting_.push_front(command);
        ++waiting_count_;
        return;
      }
      case Refusal::gone:
        gone = true;
        break;
      case Refusal::failed:
        break;
    }
  }
  end(command, number);
  if (gone) lose();
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

bool Channel::reap(Lane& lane, bool hung_up) noexcept {
  if (hung_up) lose();
  for (unsigned i = 0; i < per_descriptor; ++i) {
    sg_io_hdr_t header = empty_header();
    const int number = lane.device->reap(header);
    if (number != 0) {
      switch (classify_reap(number)) {
        case NoReply::none:
          return true;
        case NoReply::repeat:
          continue;
        case NoReply::gone:
          lose();
          return true;
        case NoReply::failed:
          // Without a command there is nothing to end, and no reason to ask again.
          if (header.pack_id == no_pack_id) return true;
          break;
      }
    }
    if (!take_back(lane, header, number)) return true;
  }
  return false;
}

/// False when no other command can be back.
bool Channel::take_back(Lane& lane, const sg_io_hdr_t& header, int number) noexcept {
  Command* command = nullptr;
  bool more = false;
  bool post = false;
  bool resting = false;
  {
    const MutexLock lock(mutex_);
    const auto pack_id = static_cast<unsigned>(header.pack_id);
    Slot& slot = lane.slots[pack_id & slot_mask];
    if (slot.command != nullptr && slot.generation == pack_id >> slot_bits) {
      command = slot.command;
      vacate(lane, slot);
      ++lane.came_back;
      lane.full = false;
    } else {
      ++strays_;
    }
    more = lane.in_flight > 0;
    post = !waiting_.empty() && !sending_;
    if (post) {
      sending_ = true;
      self_ = shared_from_this();
    }
    resting = rests();
  }
  if (command != nullptr) {
    if (number == 0) {
      take_result(header, command->result);
    } else {
      command->result = CommandResult{};
      command->result.os_error = number;
    }
    command->done(*command);
  }
  if (post) parts_.sender.post(task_);
  if (resting) parts_.graveyard.look_again();
  return more;
}

Usage Channel::usage() noexcept {
  const Instant now = parts_.clock.now();
  const MutexLock lock(mutex_);
  Usage usage{.waiting = waiting_count_, .strays = strays_};
  for (const auto& lane : lanes_) {
    usage.in_flight += lane->in_flight;
    for (const Slot& slot : lane->slots) {
      if (slot.command != nullptr) usage.oldest = std::max(usage.oldest, now - slot.sent);
    }
  }
  return usage;
}

bool Channel::rests() noexcept {
  return retired_ && !sending_ && waiting_.empty() &&
         std::ranges::all_of(lanes_, [](const auto& lane) { return lane->in_flight == 0; });
}

bool Channel::at_rest() noexcept {
  const MutexLock lock(mutex_);
  return rests();
}

void Channel::close() noexcept {
  for (const auto& lane : lanes_) {
    parts_.reaper.remove(std::exchange(lane->watch, 0));
    lane->device->close();
  }
  companion_ = nullptr;
}

}  // namespace scsimpath::sg
