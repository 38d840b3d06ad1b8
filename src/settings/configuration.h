// SPDX-License-Identifier: LGPL-2.1-or-later
// Everything the user said, from the command line and the file, ready to be planned with.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emulated_disk.h"
#include "filter.h"
#include "mount_options.h"
#include "scsimpath/head_settings.h"
#include "scsimpath/result.h"
#include "source.h"
#include "table.h"

namespace scsimpath::settings {

/// A head's alias and settings of its own.
struct HeadSection {
  std::string wwid;   ///< of an emulated disk empty until it was opened
  std::string alias;  ///< empty: none
  Assignments settings;

  bool operator==(const HeadSection&) const = default;
};

/// An emulated disk and what the head on it is to be.
struct DiskSection {
  EmulatedDisk disk;
  HeadSection head;
};

/// A configuration file as it was read and checked.
struct FileContents {
  Assignments defaults;  ///< its top level
  std::vector<DiskSection> disks;
  std::vector<HeadSection> heads;
  std::optional<discovery::DiskFilter> udev;  ///< present: take disks from udev
  std::vector<DeviceList> lists;
};

/// Reads NAME.toml. Errors name the file, the line and the key. `directory` is what a relative
/// image is relative to.
[[nodiscard]] Result<FileContents> parse_configuration(std::string_view text,
                                                       const std::string& file,
                                                       const std::string& directory);
[[nodiscard]] Result<FileContents> read_configuration(const std::string& file);

struct Configuration {
  std::string source;     ///< SOURCE as given
  std::string file;       ///< the configuration file, absolute; empty: none
  FileContents contents;  ///< what SOURCE names added to it
  /// What SOURCE names besides a file.
  std::optional<DiskSection> source_disk;
  bool source_udev = false;
  DeviceList source_list;
  MountOptions options;

  /// Adds what SOURCE names to `contents`, which were read anew.
  void add_source();
  [[nodiscard]] MountSettings mount() const;
  /// Defaults for heads of which nothing is said.
  [[nodiscard]] HeadSettings defaults() const;
  /// Laid over each other: default, `own` parts in order, `-o`.
  [[nodiscard]] HeadSettings head(std::span<const HeadSection* const> own) const;
};

/// The whole of it from SOURCE and the `-o` texts.
[[nodiscard]] Result<Configuration> make_configuration(std::string_view source,
                                                       std::span<const std::string> options);

}  // namespace scsimpath::settings
