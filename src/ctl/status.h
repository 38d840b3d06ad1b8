// SPDX-License-Identifier: LGPL-2.1-or-later
// The JSON of .scsimpath/status and .scsimpath/events as plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scsimpath/result.h"

namespace scsimpath::ctl {

using Counters = std::vector<std::pair<std::string, std::string>>;

struct PathReport {
  std::string name;
  std::string device;
  std::string state;
  std::string access_state;
  std::string reason;  ///< why it is not running, may be empty
  std::string use;     ///< whether it takes the next command, or why not
  std::int64_t in_flight = 0;
  std::int64_t latency_us = 0;
  std::int64_t target_port_group = 0;
  std::uint64_t errors = 0;
  double probation_s = 0;
  double stuck_s = 0;  ///< since a command that is late was sent, 0: none is late
  std::int64_t abandoned = 0;
  std::int64_t queue_depth = 0;  ///< commands on its host port
  bool carries_writes = true;
  std::vector<int> numa_nodes;
  std::int64_t in_flight_limit = 0;  ///< 0: none
  Counters counters;
};

struct HeadReport {
  std::string name;
  std::string wwid;
  std::string vendor;
  std::string model;
  std::string serial;
  std::string iopolicy;
  std::string state;
  std::string next_path;        ///< of a read; empty: none is usable
  std::string next_write_path;  ///< of a write
  bool holds_writes = false;    ///< commands of an earlier process may yet be executed
  bool read_only = false;
  std::uint64_t size = 0;
  std::uint64_t block_size = 0;
  std::uint64_t paths_total = 0;
  std::uint64_t paths_usable = 0;
  std::uint64_t held = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t ghosts = 0;
  std::optional<double> no_path_deadline_s;
  Counters counters;
  std::vector<PathReport> paths;
};

/// A disk and what it is used for, or why not.
struct Candidate {
  std::string name;  ///< the path's, H:C:T:L of a disk of the kernel
  std::string device;
  std::string wwid;  ///< empty: not known
  bool used = false;
  std::string reason;
};

struct StatusReport {
  std::string version;
  std::int64_t pid = 0;
  std::vector<HeadReport> heads;
  std::vector<Candidate> refused;  ///< disks that are no path of the mount
};

/// Keys it doesn't know are left out, missing ones are empty: an older or newer scsimpath is read
/// as well as may be.
[[nodiscard]] Result<StatusReport> parse_status(std::string_view json);

/// A status as it is, but with the key `mountpoint`.
struct LocatedStatus {
  std::string mountpoint;
  std::string json;
};
/// One JSON array of them.
[[nodiscard]] Result<std::string> join_statuses(const std::vector<LocatedStatus>& statuses);

/// The one head's object of a status.
[[nodiscard]] Result<std::string> extract_head(std::string_view json, std::string_view head);

[[nodiscard]] std::string candidates_json(const std::vector<Candidate>& candidates);

/// Whether an event tells of something of a head that went wrong, or came back.
[[nodiscard]] bool is_trouble(std::string_view json_line, std::string_view head);

/// An event for people, without a newline; a line that is no event is returned as it is.
[[nodiscard]] std::string event_text(std::string_view json_line);

}  // namespace scsimpath::ctl
