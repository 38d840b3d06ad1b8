// SPDX-License-Identifier: LGPL-2.1-or-later
// What a device says of itself when a path is looked at.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "scsimpath/path.h"
#include "target_port_groups.h"

namespace scsimpath {

/// What must be the same on every path of a head. Strings have no fixed size: nothing is truncated.
struct Identity {
  std::string wwid;
  std::string vendor;
  std::string product;
  std::string serial;
  std::uint32_t block_size = 0;

  bool operator==(const Identity&) const = default;
};

/// What the disk can do about blocks without data; everything in blocks, 0: not told.
struct Provisioning {
  bool thin = false;               ///< LBPME: blocks may be without space
  bool reads_zeros = false;        ///< LBPRZ: and read as zeros then
  bool unmap = false;              ///< LBPU: UNMAP gives space back
  bool write_same_unmaps = false;  ///< LBPWS: WRITE SAME(16) does
  std::uint32_t max_unmap = 0;
  std::uint32_t granularity = 0;  ///< of UNMAP
  std::uint32_t alignment = 0;    ///< where the first whole granule begins
  std::uint64_t max_write_same = 0;
  std::uint8_t threshold_exponent = 0;  ///< a resource is of 2^this blocks; 0: none is told

  bool operator==(const Provisioning&) const = default;
};

/// The result of a look at a path.
struct PathFacts {
  Identity identity;
  bool weak_identity = false;  ///< the WWID is one that different disks may share
  std::uint64_t blocks = 0;
  std::uint32_t max_transfer = 0;      ///< bytes, 0: the device sets no limit
  std::uint32_t optimal_transfer = 0;  ///< bytes, 0: not told
  Provisioning provisioning;
  std::optional<std::uint32_t> used_resources;  ///< of a thin disk, where it tells
  bool read_only = false;
  std::optional<bool> write_cache;    ///< WCE, empty: not told
  std::optional<bool> forces_writes;  ///< DPOFUA: it understands FUA; empty: not told
  bool has_alua = false;
  bool explicit_alua = false;  ///< SET TARGET PORT GROUPS is said to work
  std::uint16_t target_port_group = 0;
  std::optional<scsi::TargetPortGroups> groups;  ///< REPORT TARGET PORT GROUPS, where it answered
};

}  // namespace scsimpath
