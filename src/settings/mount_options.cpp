// SPDX-License-Identifier: LGPL-2.1-or-later
// Sorts mount options into settings, what libfuse takes and what mount(8) adds for others.
#include "mount_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "values.h"

namespace scsimpath::settings {
namespace {

/// Flags that mount(8) hands to every helper, and fstab's own words. There are no devices and no
/// programs in the mount, access times are not kept, and permissions are always the kernel's to
/// check: there is nothing to do for them.
constexpr std::array<std::string_view, 34> without_effect{
    "suid",          "nosuid",     "dev",
    "nodev",         "exec",       "async",
    "atime",         "diratime",   "nodiratime",
    "relatime",      "norelatime", "strictatime",
    "nostrictatime", "lazytime",   "nolazytime",
    "mand",          "nomand",     "iversion",
    "noiversion",    "silent",     "loud",
    "symfollow",     "defaults",   "auto",
    "noauto",        "user",       "nouser",
    "users",         "owner",      "group",
    "nofail",        "_netdev",    "default_permissions",
    "nosymfollow"};

/// libfuse 3.14's.
constexpr std::array<std::string_view, 7> libfuse_flags{
    "noexec", "noatime", "sync", "dirsync", "auto_unmount", "debug", "allow_root"};
constexpr std::array<std::string_view, 5> libfuse_values{"fsname", "context", "fscontext",
                                                         "defcontext", "rootcontext"};

bool contains(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Result<void> take_option(std::string_view text, MountOptions& options) {
  const std::size_t equals = text.find('=');
  const bool has_value = equals != std::string_view::npos;
  const std::string_view name = text.substr(0, equals);

  if (const Setting* setting = find_setting(name); setting != nullptr && setting->option) {
    if (has_value == setting->flag) {
      return fail(EINVAL, setting->flag
                              ? fmt::format("option {} takes no value", name)
                              : fmt::format("option {} needs a value: {}", name, setting->values));
    }
    auto good = assign(options.settings, *setting, has_value ? text.substr(equals + 1) : "yes");
    if (!good) return fail(good.error().number, "option " + good.error().message);
    return {};
  }
  if (has_value ? contains(libfuse_values, name) : contains(libfuse_flags, name)) {
    options.libfuse.emplace_back(text);
    return {};
  }
  if (text == "rw") return assign(options.settings, *find_setting("ro"), "no");
  if (!has_value && contains(without_effect, name)) return {};
  if (name.starts_with("x-") || name == "comment") return {};
  return fail(EINVAL, fmt::format("unknown option {}", text));
}

}  // namespace

Result<void> parse_mount_options(std::string_view text, MountOptions& options) {
  for (const std::string& option : split_at_commas(text)) {
    if (option.empty()) continue;
    if (auto good = take_option(option, options); !good) return good;
  }
  return {};
}

}  // namespace scsimpath::settings
