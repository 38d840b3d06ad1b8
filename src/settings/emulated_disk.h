// SPDX-License-Identifier: LGPL-2.1-or-later
// What can be said of an emulated disk: `emulated:IMAGE,key=value…` and [[emulated]] of a file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "scsimpath/result.h"

namespace scsimpath::settings {

struct EmulatedDisk {
  std::string image;
  std::optional<std::uint64_t> size;
  unsigned paths = 2;
  std::uint32_t block_size = 512;
  std::string wwid;  ///< empty: derived from the image's real path
  bool thin = true;
  bool lbprz = true;
  bool unmap_ignore = false;
  bool volatile_cache = false;
  bool read_only = false;

  bool operator==(const EmulatedDisk&) const = default;
};

/// One key of it.
struct DiskKey {
  std::string_view name;
  std::string_view values;
  std::string_view default_text;
  std::string_view help;
  bool flag = false;  ///< stands alone after `emulated:`, a boolean in TOML

  /// EINVAL names the key, the value and what is right.
  [[nodiscard]] Result<void> apply(EmulatedDisk& target, std::string_view text) const;

  bool (*set)(EmulatedDisk&, std::string_view);
};

/// All but the image itself.
[[nodiscard]] std::span<const DiskKey> all_disk_keys() noexcept;
[[nodiscard]] const DiskKey* find_disk_key(std::string_view name) noexcept;

/// What no key shows alone: an image is named, the size is of whole blocks.
[[nodiscard]] Result<void> check(const EmulatedDisk& disk);

/// `IMAGE[,key=value]…`, a comma in the image's name as `\,`.
[[nodiscard]] Result<EmulatedDisk> parse_emulated_disk(std::string_view text);

}  // namespace scsimpath::settings
