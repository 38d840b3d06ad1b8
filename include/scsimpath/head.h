// SPDX-License-Identifier: LGPL-2.1-or-later
// A multipath head: one disk, however many paths lead to it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scsimpath/head_settings.h"
#include "scsimpath/path.h"
#include "scsimpath/request.h"
#include "scsimpath/result.h"

namespace scsimpath {

/// What the disk is; `size` may grow while it is in use.
struct Geometry {
  std::uint64_t size = 0;              ///< bytes
  std::uint32_t block_size = 512;      ///< bytes of a logical block
  std::uint32_t max_transfer = 0;      ///< bytes of one command
  std::uint32_t optimal_transfer = 0;  ///< bytes, 0: not told
  /// Bytes that have space, as the disk told at the last check; `size` where it does not tell.
  std::uint64_t allocated = 0;
  bool read_only = false;  ///< write-protected
};

struct PathStatus {
  std::string name;
  std::string device;
  PathState state = PathState::unknown;
  AccessState access_state = AccessState::unknown;
  bool usable = false;      ///< would carry I/O now
  bool has_faults = false;  ///< FaultInjection is there
  std::uint16_t target_port_group = 0;
  int numa_node = -1;
  std::vector<int> numa_nodes;   ///< nodes whose cached path this is (policy numa)
  std::int32_t in_flight = 0;    ///< this path's commands
  std::int32_t abandoned = 0;    ///< those of them that no request waits for any more
  std::int32_t queue_depth = 0;  ///< commands in flight on its host port, of all heads
  std::uint32_t latency_us = 0;  ///< moving average of its commands
  double probation_s = 0;
  /// Commands that it is given at once since it said BUSY or TASK SET FULL; none: no bound.
  std::optional<std::int32_t> in_flight_limit{};
  double stuck_s = 0;  ///< how long the oldest command has been there that is late, 0: none is
  std::uint64_t commands = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t write_bytes = 0;
  std::uint64_t errors = 0;
  std::uint64_t timeouts = 0;
  bool carries_writes = true;
  std::string reason;  ///< why it is not running, or carries no writes
  std::string use;     ///< for people: whether it takes the next command, or why not
};

struct HeadCounters {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t flushes = 0;
  std::uint64_t unmaps = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t write_bytes = 0;
  std::uint64_t failovers = 0;     ///< masters sent again because a path failed
  std::uint64_t requeues = 0;      ///< times a request was parked
  std::uint64_t retries = 0;       ///< masters sent again on the same path
  std::uint64_t errors = 0;        ///< requests that ended with an error
  std::uint64_t cache_losses = 0;  ///< times the disk lost acknowledged writes with its power
};

struct HeadStatus {
  std::string name;
  std::string wwid;
  std::string vendor;
  std::string product;
  std::string serial;
  Geometry geometry;
  HeadSettings settings;
  HeadState state = HeadState::ok;
  std::string next_path;        ///< the path that a read would take now, empty: none is usable
  std::string next_write_path;  ///< the same for a write; empty while it holds writes, too
  std::uint32_t paths_usable = 0;
  bool holds_writes = false;    ///< while commands of an earlier process may yet be executed
  std::uint64_t held = 0;       ///< requests that wait: for a path, a clone, a range or a retry
  std::uint64_t in_flight = 0;  ///< requests that are on a path
  std::uint64_t ghosts = 0;     ///< ranges locked by writes that were given up and are not dead
  std::optional<double> no_path_deadline_s;  ///< until held I/O fails
  HeadCounters counters;
  std::vector<PathStatus> paths;
};

/// Made by the registry only, shared by those who use it. Every method: any thread.
class Head {
 public:
  explicit Head(std::unique_ptr<HeadCore> core) noexcept;
  ~Head();
  Head(const Head&) = delete;
  Head& operator=(const Head&) = delete;

  /// The alias or the WWID, with characters a file name cannot hold escaped. Constant.
  [[nodiscard]] const std::string& name() const noexcept;
  [[nodiscard]] const std::string& wwid() const noexcept;

  /// Takes the request; see Request. Never waits for a path; with a transport that blocks, it takes
  /// as long as the device does.
  void submit(Request& request) noexcept;

  /// Ends a request that waits, with `interrupted`, before this returns; one that is on a path ends
  /// so at the moment it would have to wait. The caller keeps the request alive during the call,
  /// which may also come before `submit` (the request then ends as soon as it would have to wait)
  /// or after `done` (the mark then stays: clear `progress.cancelled` before the next use).
  void cancel(Request& request) noexcept;

  [[nodiscard]] Geometry geometry() const noexcept;
  /// How often the disk has lost acknowledged writes; whoever writes compares it after each flush.
  [[nodiscard]] std::uint64_t cache_losses() const noexcept;
  /// Writes were acknowledged that no good flush has followed.
  [[nodiscard]] bool has_unflushed() const noexcept;
  [[nodiscard]] HeadSettings settings() const noexcept;
  /// `what` is told of: `NAME=VALUE …`.
  void apply(const HeadSettings& settings, std::string what = {}) noexcept;

  /// Never waits for I/O.
  [[nodiscard]] HeadStatus status() const;

  /// `offline` or `running`; anything else is EINVAL, an unknown path ENODATA.
  [[nodiscard]] Result<void> set_path_state(std::string_view path, PathState state);

  /// ENODATA when there is no such path or it cannot inject faults.
  [[nodiscard]] Result<std::string> path_fault(std::string_view path) const;
  [[nodiscard]] Result<void> set_path_fault(std::string_view path, std::string_view specification);

  /// For the layers below and the tests of src/head.
  [[nodiscard]] HeadCore& core() noexcept { return *core_; }

 private:
  std::unique_ptr<HeadCore> core_;
};

}  // namespace scsimpath
