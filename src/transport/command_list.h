// SPDX-License-Identifier: LGPL-2.1-or-later
// A queue of commands, linked through their scratch: nothing is allocated.
#pragma once

#include "scsimpath/command.h"

namespace scsimpath {

/// Not synchronised.
class CommandList {
 public:
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

  [[nodiscard]] Command* front() const noexcept { return first_; }
  [[nodiscard]] static Command* after(Command& command) noexcept { return command.transport.next; }

  void push_back(Command& command) noexcept {
    command.transport.next = nullptr;
    command.transport.previous = last_;
    (last_ != nullptr ? last_->transport.next : first_) = &command;
    last_ = &command;
  }

  void remove(Command& command) noexcept {
    Command*& next = command.transport.next;
    Command*& previous = command.transport.previous;
    (previous != nullptr ? previous->transport.next : first_) = next;
    (next != nullptr ? next->transport.previous : last_) = previous;
    next = previous = nullptr;
  }

  /// Null when there is none.
  [[nodiscard]] Command* pop_front() noexcept {
    Command* command = first_;
    if (command != nullptr) remove(*command);
    return command;
  }

 private:
  Command* first_ = nullptr;
  Command* last_ = nullptr;
};

}  // namespace scsimpath
