// SPDX-License-Identifier: LGPL-2.1-or-later
// One path's commands on their way through the SCSI generic driver.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "command_list.h"
#include "graveyard.h"
#include "mutex.h"
#include "reaper.h"
#include "scsimpath/command.h"
#include "scsimpath/runtime.h"
#include "sg_device.h"

namespace scsimpath::sg {

/// What is on its way down a path.
struct Usage {
  unsigned in_flight = 0;    ///< with the kernel
  unsigned waiting = 0;      ///< for room there
  Duration oldest{};         ///< how long the kernel has had the oldest of them
  std::uint64_t strays = 0;  ///< answers that no command waited for
};

/// Commands go to the kernel in the order they came, each on a descriptor with room; those that
/// find none wait. One thread at a time hands commands over: a submitter, or the executor's when
/// room came free while commands waited. So a kernel that makes a write() wait holds one thread of
/// this path, never more.
///
/// Life: open → used → retired (no more submissions) → at rest → closed. Shared by its transport,
/// the reaper while it reaps, and the graveyard.
class Channel final : public Graveyard::Remains, public std::enable_shared_from_this<Channel> {
 public:
  /// The driver's limit of commands on one descriptor (SG_MAX_QUEUE); then EDOM.
  static constexpr unsigned per_descriptor = 16;

  /// What it works with; all outlive it.
  struct Parts {
    Clock& clock;
    Executor& sender;
    Reaper& reaper;
    Graveyard& graveyard;
  };

  /// The devices are not open yet. Further commands than `max_waiting` end with EDOM: busy.
  /// `companion` is let go of once they are closed.
  Channel(Parts parts, std::vector<std::unique_ptr<SgDevice>> devices, unsigned max_waiting,
          std::shared_ptr<void> companion = {});

  /// Opens all descriptors or none. May block. Once.
  [[nodiscard]] Result<void> open();
  /// As Transport::submit.
  void submit(Command& command) noexcept;
  /// Ends a command that waits; false: it does not wait, nothing was done.
  bool withdraw(Command& command) noexcept;
  /// Nobody submits any more. What waits ends; what is in flight comes back before the close.
  void retire() noexcept;

  [[nodiscard]] Usage usage() noexcept;

  [[nodiscard]] bool at_rest() noexcept override;
  void close() noexcept override;

 private:
  struct Slot {
    Command* command = nullptr;  ///< null: free
    unsigned generation = 0;
    Instant sent{};
  };
  struct Lane final : Reaper::Target {
    Lane(Channel& all, std::unique_ptr<SgDevice> own) noexcept
        : channel(all), device(std::move(own)) {}
    [[nodiscard]] bool ready(bool hung_up) noexcept override {
      return channel.reap(*this, hung_up);
    }

    Channel& channel;
    const std::unique_ptr<SgDevice> device;
    std::uint64_t watch = 0;  ///< the reaper's id of it; 0: none

    // Under the channel's mutex.
    std::array<Slot, per_descriptor> slots{};
    unsigned in_flight = 0;
    std::uint64_t came_back = 0;
    bool full = false;  ///< the driver said so; until a command comes back
  };
  struct Send final : Task {
    explicit Send(Channel& all) noexcept;
    Channel& channel;
  };
  struct Order {
    Lane* lane;
    Slot* slot;
    Command* command;
    int pack_id;
    std::uint64_t came_back;
  };

  static constexpr std::uint64_t word_waiting = 1;
  static constexpr unsigned max_burst = 32;

  void send() noexcept;
  [[nodiscard]] std::optional<Order> next(bool pass_on) noexcept;
  [[nodiscard]] Lane* lane_with_room() noexcept REQUIRES(mutex_);
  void refused(const Order& order, int number) noexcept;
  void vacate(Lane& lane, Slot& slot) noexcept REQUIRES(mutex_);

  [[nodiscard]] bool reap(Lane& lane, bool hung_up) noexcept;
  [[nodiscard]] bool take_back(Lane& lane, const sg_io_hdr_t& header, int number) noexcept;
  void lose() noexcept;
  static void end(Command& command, int os_error) noexcept;
  [[nodiscard]] bool rests() noexcept REQUIRES(mutex_);

  const Parts parts_;
  const unsigned max_waiting_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // constant once made
  std::shared_ptr<void> companion_;           // of whoever opens and closes

  Mutex mutex_;  // innermost: nothing is called with it held
  CommandList waiting_ GUARDED_BY(mutex_);
  unsigned waiting_count_ GUARDED_BY(mutex_) = 0;
  bool sending_ GUARDED_BY(mutex_) = false;  ///< a thread hands over, or the task is posted
  bool gone_ GUARDED_BY(mutex_) = false;
  bool retired_ GUARDED_BY(mutex_) = false;
  std::uint64_t strays_ GUARDED_BY(mutex_) = 0;
  /// Of the posted task.
  std::shared_ptr<Channel> self_ GUARDED_BY(mutex_);

  Send task_;
};

}  // namespace scsimpath::sg
