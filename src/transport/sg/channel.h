// SPDX-License-Identifier: LGPL-2.1-or-later
// One path's commands on their way through the kernel.
#pragma once

#include <cstdint>
#include <memory>

#include "callers.h"
#include "command_list.h"
#include "graveyard.h"
#include "mutex.h"
#include "scsimpath/command.h"
#include "scsimpath/result.h"
#include "scsimpath/runtime.h"
#include "sg_device.h"

namespace scsimpath::sg {

/// What is on its way down a path.
struct Usage {
  unsigned in_flight = 0;  ///< with the kernel
  unsigned waiting = 0;    ///< for room there
  Duration oldest{};       ///< how long the kernel has had the oldest of them
};

/// Commands go to the kernel in the order they came, so many at once; the others wait. A submitter
/// that has leave to block carries its command to its end itself, without a hop; else one of the
/// callers does. So what is stuck here holds `depth` threads at most, of those that nobody waits
/// for.
///
/// Life: open → used → retired (no more submissions) → at rest → closed. Shared by its transport,
/// the callers while they call, and the graveyard.
class Channel final : public Graveyard::Remains,
                      public Callers::Client,
                      public std::enable_shared_from_this<Channel> {
 public:
  /// What it works with; all outlive it.
  struct Parts {
    Clock& clock;
    Callers& callers;
    Graveyard& graveyard;
  };

  /// The device is not open yet. The kernel has `depth` commands at once; further ones than
  /// `max_waiting` end with EDOM: busy. `companion` is let go of once the device is closed.
  Channel(Parts parts, std::unique_ptr<SgDevice> device, unsigned depth, unsigned max_waiting,
          std::shared_ptr<void> companion = {});

  /// May block. Once.
  [[nodiscard]] Result<void> open();
  /// As Transport::submit.
  void submit(Command& command) noexcept;
  /// Ends a command that waits; false: it does not wait, nothing was done.
  bool withdraw(Command& command) noexcept;
  /// Nobody submits any more. What waits ends; what is in flight comes back before the close.
  void retire() noexcept;

  [[nodiscard]] Usage usage() noexcept;

  void call() noexcept override;
  [[nodiscard]] bool at_rest() noexcept override;
  void close() noexcept override;

 private:
  void carry(Command& command) noexcept;
  void hand_over(Command& command) noexcept REQUIRES(mutex_);
  [[nodiscard]] Command* next() noexcept REQUIRES(mutex_);
  void execute(Command& command) noexcept;
  void take_back(Command& command) noexcept REQUIRES(mutex_);
  [[nodiscard]] bool needs_caller() noexcept REQUIRES(mutex_);
  void lose() noexcept;
  static void end(Command& command, int os_error) noexcept;
  [[nodiscard]] bool rests() const noexcept REQUIRES(mutex_);

  const Parts parts_;
  const std::unique_ptr<SgDevice> device_;
  const unsigned depth_;
  const unsigned max_waiting_;
  std::shared_ptr<void> companion_;  // of whoever opens and closes

  Mutex mutex_;  // innermost: nothing is called with it held
  CommandList waiting_ GUARDED_BY(mutex_);
  CommandList sent_ GUARDED_BY(mutex_);  ///< the oldest first
  unsigned waiting_count_ GUARDED_BY(mutex_) = 0;
  unsigned in_flight_ GUARDED_BY(mutex_) = 0;
  unsigned asked_ GUARDED_BY(mutex_) = 0;  ///< callers that are to come
  bool gone_ GUARDED_BY(mutex_) = false;
  bool retired_ GUARDED_BY(mutex_) = false;
};

}  // namespace scsimpath::sg
