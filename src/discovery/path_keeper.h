// SPDX-License-Identifier: LGPL-2.1-or-later
// Keeps the registry's paths in step with the machine's SCSI devices.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admission.h"
#include "device_source.h"
#include "left_commands.h"
#include "mutex.h"
#include "path_opener.h"
#include "scsimpath/candidate.h"
#include "scsimpath/registry.h"
#include "scsimpath/runtime.h"
#include "uevent.h"

namespace scsimpath::discovery {

/// What is heard of a device is a hint, never a fact: its name is put on a list, and when the list
/// is worked off, a moment later, what sysfs shows decides. So a storm of events costs one look at
/// each device, an event that was lost or came twice does no harm, and an order is never wrong.
class PathKeeper {
 public:
  struct Parts {
    Runtime& runtime;
    Executor& thread;  ///< of one thread: looks at the machine, which may take milliseconds
    Registry& registry;
    DeviceSource& source;
    PathOpener& opener;
    Admission admission;
    /// How long a device is waited for that has commands of an earlier process.
    Duration patience = HeadSettings{}.io_timeout;
  };

  /// How long events are collected before they are acted on.
  static constexpr Duration window = std::chrono::milliseconds(50);
  /// When a device is looked at again that was refused for something that may pass.
  static constexpr Duration retry_interval = std::chrono::seconds(5);

  /// What is in use when a mount begins may be so by the one before it, which has not ended yet:
  /// for how long it is asked again, how often, before it is refused.
  static constexpr Duration grace = std::chrono::seconds(5);
  static constexpr Duration grace_interval = std::chrono::milliseconds(200);

  explicit PathKeeper(Parts parts);
  /// After `stop`, once the thread has ended and the control thread has run a task since.
  ~PathKeeper();
  PathKeeper(const PathKeeper&) = delete;
  PathKeeper& operator=(const PathKeeper&) = delete;

  /// Takes every device there is. `settled` is called once, on the thread, when it is decided about
  /// each of them.
  void start(std::function<void()> settled);
  /// Something has happened to a device. Any thread.
  void changed(std::string_view name, Hint hint) noexcept;
  /// Events were lost: everything is looked at anew, and what is served is asked who it is. Any
  /// thread.
  void rescan() noexcept;
  /// Nothing is added or removed any more.
  void stop() noexcept;

  /// Every disk and what became of it. Any thread; never waits.
  [[nodiscard]] std::vector<Candidate> candidates() const;
  /// Whether it is not decided about a disk yet because another program had it: see `grace`. Any
  /// thread; never waits.
  [[nodiscard]] bool awaits_release() const;

 private:
  /// - waiting: for commands that an earlier process has left with it, or for that process' end
  enum class Stage : std::uint8_t { refused, waiting, opening, joining, serving };
  struct Record {
    ScsiDevice device;
    std::uint64_t generation = 0;
    Stage stage = Stage::refused;
    std::optional<Properties> properties;  ///< that it was judged by
    std::string wwid;
    Refusal refusal;
    Hint hint = Hint::none;  ///< came while it was opened
  };
  using Records = std::map<std::string, Record, std::less<>>;
  /// Results on their way to the thread; outlives the keeper where an opener or a registry is late.
  struct Inbox;
  struct Turn : Task {
    explicit Turn(PathKeeper& keeper) noexcept;
    PathKeeper& owner;
  };
  struct Wake : Timer {
    Wake(PathKeeper& keeper, Function function) noexcept : Timer(function), owner(keeper) {}
    PathKeeper& owner;
  };

  void turn();
  void look_at(const std::string& name, Hint hint);
  void drop(Records::iterator place);
  [[nodiscard]] std::optional<Properties> properties_of(const ScsiDevice& device);
  void judge(Record& record);
  void open(Record& record);
  void poll_left_commands();
  void refuse(Record& record, Refusal refusal);
  void retry_in(Duration delay);
  void opened(const std::string& name, std::uint64_t generation,
              std::expected<OpenedPath, Refusal>& result);
  void joined(const std::string& name, std::uint64_t generation,
              const Result<std::shared_ptr<Head>>& result);
  void retry_due() noexcept;
  void publish();

  const Parts parts_;
  const std::shared_ptr<const Admission> admission_;
  const std::shared_ptr<Inbox> inbox_;
  Turn turn_;
  Wake window_timer_;
  Wake retry_timer_;
  Wake poll_timer_;

  // The thread's.
  LeftCommands left_commands_;
  bool begins_ = true;  ///< nothing has gone to any device
  Instant grace_end_{};
  Records records_;
  std::map<std::string, std::string, std::less<>> served_;  ///< listed device → its WWID
  std::uint64_t next_generation_ = 1;
  std::function<void()> settled_;

  mutable Mutex mutex_;  // a leaf
  /// On its way to the thread, which may have heard of devices by now.
  std::function<void()> starting_ GUARDED_BY(mutex_);
  std::map<std::string, Hint, std::less<>> pending_ GUARDED_BY(mutex_);
  bool rescan_ GUARDED_BY(mutex_) = false;
  bool lost_ GUARDED_BY(mutex_) = false;  ///< the reason of the rescan
  bool retry_ GUARDED_BY(mutex_) = false;
  Instant retry_at_ GUARDED_BY(mutex_){};  ///< zero: nothing is to be tried again
  bool window_open_ GUARDED_BY(mutex_) = false;
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::vector<Candidate> candidates_ GUARDED_BY(mutex_);
  bool awaits_release_ GUARDED_BY(mutex_) = false;
};

}  // namespace scsimpath::discovery
