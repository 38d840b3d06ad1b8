// SPDX-License-Identifier: LGPL-2.1-or-later
// Which of udev's disks the configuration includes and excludes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scsimpath::discovery {

/// Shell patterns as of fnmatch(3); an empty one matches anything. All of them must match.
struct DiskPattern {
  std::string wwid;
  std::string vendor;
  std::string product;
  std::string device;    ///< node or H:C:T:L
  std::string property;  ///< `NAME=PATTERN` of udev's database

  bool operator==(const DiskPattern&) const = default;
};

struct DiskFacts {
  std::string wwid;  ///< empty: not known yet
  std::string vendor;
  std::string product;
  std::vector<std::string> devices;  ///< all its names
  std::vector<std::pair<std::string, std::string>> properties;
};

/// Pure.
struct DiskFilter {
  std::vector<DiskPattern> include;  ///< empty: all
  std::vector<DiskPattern> exclude;  ///< goes before `include`

  /// Why the disk is refused, for people; nothing when it is let in.
  [[nodiscard]] std::optional<std::string> refused(const DiskFacts& facts) const;
  /// The same before the WWID is known: what a pattern with a WWID says is left open.
  [[nodiscard]] std::optional<std::string> refused_before(const DiskFacts& facts) const;

  /// Whether what udev says counts at all, and whether this property does.
  [[nodiscard]] bool names_properties() const;
  [[nodiscard]] bool names_property(std::string_view name) const;

  bool operator==(const DiskFilter&) const = default;
};

}  // namespace scsimpath::discovery
