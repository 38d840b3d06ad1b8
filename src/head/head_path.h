// SPDX-License-Identifier: LGPL-2.1-or-later
// One path of a head: its transport, its state and what it has been through.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "attempt_tracker.h"
#include "checker.h"
#include "identity.h"
#include "mutex.h"
#include "path_state.h"
#include "room.h"
#include "scsimpath/path.h"
#include "scsimpath/runtime.h"
#include "scsimpath/transport.h"
#include "track_record.h"

namespace scsimpath {

class HeadCore;

/// How good a path is for the next command; less is better.
enum class Rank : std::uint8_t {
  optimized,
  non_optimized,
  lba_dependent,
  late,  ///< usable, but busy or on probation: only when nothing above is there
  full,  ///< usable, once a command of it comes back
  unusable,
};

/// Shared by the snapshots that list it. The constant part is read by anyone, atomics by anyone
/// (stale values are harmless: a command that meets a path that went is failed over), the guarded
/// part under the head's lock.
class Path {
 public:
  Path(HeadCore& head, unsigned slot, std::unique_ptr<Transport> transport,
       const PathFacts& facts) noexcept;
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;

  // Constant.
  HeadCore& head;
  const unsigned slot;  ///< small number, unique in the head while the path lives
  const std::unique_ptr<Transport> transport;
  const TransportInfo& info;
  const std::shared_ptr<PortLoad> port;
  const std::uint16_t target_port_group;
  const bool has_alua;
  const bool explicit_alua;

  // Written under the head's lock, read by anyone.
  std::atomic<PathState> state{PathState::unknown};
  std::atomic<AccessState> access{AccessState::unknown};
  /// The device asked for its identity to be read again: carries nothing until a check did.
  std::atomic<bool> revalidating{false};
  std::atomic<bool> removed{false};
  /// Its target is being asked to make its port group active.
  std::atomic<bool> activating{false};

  // Self-synchronised.
  Room room;
  std::atomic<std::int32_t> in_flight{0};  ///< clones on this path, given-up ones included
  std::atomic<std::int32_t> given_up{0};   ///< those of them that passed io_timeout
  std::atomic<std::int32_t> abandoned{0};  ///< those of them that no request waits for
  std::atomic<std::uint32_t> latency_us{0};
  std::atomic<std::uint64_t> commands{0};
  std::atomic<std::uint64_t> read_bytes{0};
  std::atomic<std::uint64_t> write_bytes{0};
  std::atomic<std::uint64_t> errors{0};
  std::atomic<std::uint64_t> timeouts{0};
  AttemptTracker tracker;

  // Under the head's lock.
  /// Also on a machine that has just started.
  static constexpr Instant long_ago{-std::chrono::hours(1)};
  std::string reason;      ///< why it is not running
  std::string distrusted;  ///< why it carries none, empty: it does
  /// When I/O was last told that its group takes none.
  Instant access_told = long_ago;
  /// When it was last asked whose disk it is because I/O met that.
  Instant last_held = long_ago;
  TrackRecord record;
  Instant transition_deadline{};  ///< while transitioning
  /// How long a transition may last, as the device last told.
  Duration transition_time = scsi::TargetPortGroups::default_transition_time;
  Instant stuck_since{};      ///< when it took what it has not given back in time, 0: nothing
  std::uint64_t blocks = 0;   ///< that it last reported, 0: not known
  bool admitted = false;      ///< it has been running
  bool reset_met = false;     ///< it told of a power on since the last good flush
  bool disconnected = false;  ///< the target says that there is no such LUN
  Checker checker;

  [[nodiscard]] Rank rank(Instant now) const noexcept;
  /// It has as many commands as it takes at once.
  [[nodiscard]] bool is_full(Instant now) const noexcept;
  /// Not usable, and within a bound that will be decided: a check ends within io_timeout, a
  /// transition within its own time.
  [[nodiscard]] bool is_coming_back() const noexcept;
  /// Its device has not answered a command, a check's or another one, in time.
  [[nodiscard]] bool keeps_command() const noexcept {
    return given_up.load() != 0 || checker.is_late();
  }
  /// It works but for its port group, and the target takes requests about that.
  [[nodiscard]] bool can_be_activated() const noexcept;
  [[nodiscard]] std::uint64_t bit() const noexcept { return std::uint64_t{1} << (slot % 64); }

  /// Counts a command on the path and its port; `end` pairs it.
  void begin() noexcept;
  void end() noexcept;
};

}  // namespace scsimpath
