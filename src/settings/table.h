// SPDX-License-Identifier: LGPL-2.1-or-later
// The one table of settings: mount options, configuration keys, xattrs, help and man pages follow
// it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scsimpath/head_settings.h"
#include "scsimpath/result.h"

namespace scsimpath::settings {

/// Settings of a mount as a whole; those of one head are HeadSettings.
struct MountSettings {
  bool multipath_always = false;
  bool page_cache = false;
  bool read_only = false;
  bool allow_other = false;
  std::optional<uid_t> uid;  ///< none: who mounts
  std::optional<gid_t> gid;
  mode_t mode = 0600;
  std::string config;  ///< a configuration file beside SOURCE, empty: none

  bool operator==(const MountSettings&) const = default;
};

/// One setting. Those of a head are xattrs of its file too and may stand in its own part of the
/// configuration file; those of the mount are options and top-level keys.
struct Setting {
  std::string_view name;
  std::string_view values;  ///< what it takes, as help and errors say it: `fail|queue|SECONDS`
  std::string_view default_text;
  std::string_view help;
  bool option = true;
  bool toml = true;
  bool xattr = false;  ///< marked x: a setting of a head
  bool flag = false;   ///< as an option it stands alone (`ro`), in TOML it is a boolean

  /// Exact: no blanks, no other case. EINVAL names the setting, the value and what is right; then
  /// nothing has changed. Only for a setting of that kind.
  [[nodiscard]] Result<void> apply(HeadSettings& target, std::string_view text) const;
  [[nodiscard]] Result<void> apply(MountSettings& target, std::string_view text) const;
  /// As `apply` takes it.
  [[nodiscard]] std::string print(const HeadSettings& source) const;
  [[nodiscard]] std::string print(const MountSettings& source) const;

  // How it is read and printed; null where it is not of that kind.
  bool (*set_head)(HeadSettings&, std::string_view) = nullptr;
  std::string (*get_head)(const HeadSettings&) = nullptr;
  bool (*set_mount)(MountSettings&, std::string_view) = nullptr;
  std::string (*get_mount)(const MountSettings&) = nullptr;
};

[[nodiscard]] std::span<const Setting> all_settings() noexcept;
/// By its exact name; null when there is none.
[[nodiscard]] const Setting* find_setting(std::string_view name) noexcept;

/// One `name=value` that was checked already, kept as text so that layers of settings can be laid
/// over each other in the order of their precedence.
struct Assignment {
  const Setting* setting;
  std::string value;

  bool operator==(const Assignment&) const = default;
};
using Assignments = std::vector<Assignment>;

/// Checks `text` for the setting and appends it.
[[nodiscard]] Result<void> assign(Assignments& to, const Setting& setting, std::string_view text);
/// Lays the assignments that are of that kind over `target`.
void overlay(HeadSettings& target, const Assignments& from);
void overlay(MountSettings& target, const Assignments& from);

/// `NAME=VALUE …` of those that differ, as they are in `to`.
[[nodiscard]] std::string changes(const HeadSettings& from, const HeadSettings& to);

}  // namespace scsimpath::settings
