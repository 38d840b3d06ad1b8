// SPDX-License-Identifier: LGPL-2.1-or-later
// Which disks become paths.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "disk_identity.h"
#include "filter.h"
#include "scsi_device.h"

namespace scsimpath::discovery {

struct Refusal {
  std::string reason;       ///< for people, with the remedy where there is one
  bool may_pass = false;    ///< worth another try before anything is heard of the device
  bool lacks_alua = false;  ///< the only reason
  bool in_use = false;      ///< by another program, which has it open
  std::string wwid{};       ///< empty: nobody has asked
};

/// The rules of one mount; pure. Nothing is taken that they do not name or match.
struct Admission {
  bool udev = false;    ///< every suitable disk
  DiskFilter filter;    ///< of those
  bool always = false;  ///< multipath=always: a unique id is enough
  /// Devices that a list names, H:C:T:L each, served whatever the rest says. Once a device was
  /// served, only the disk with the same WWID is served under its name.
  std::set<std::string, std::less<>> listed;
  std::set<std::string, std::less<>> named_wwids;  ///< that the configuration has a [[head]] for

  /// Before anything is asked of the device. No properties: udev has not looked at it yet. `user`
  /// is who uses it, empty: nobody.
  [[nodiscard]] std::optional<Refusal> before(const ScsiDevice& device,
                                              const std::optional<Properties>& properties,
                                              const std::string& user) const;
  /// When it has told who it is.
  [[nodiscard]] std::optional<Refusal> after(const ScsiDevice& device, const Properties& properties,
                                             const DiskIdentity& identity) const;
};

}  // namespace scsimpath::discovery
