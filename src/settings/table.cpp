// SPDX-License-Identifier: LGPL-2.1-or-later
// The settings, one entry each, and how they are laid over each other.
#include "table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "text.h"
#include "values.h"

namespace scsimpath::settings {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds longest_wait{31536000};
constexpr milliseconds shortest_interval{100};
constexpr seconds longest_interval{3600};

template <class Object, class Value>
bool set(Object& target, Value Object::*member, std::optional<Value> value) {
  if (value) target.*member = *value;
  return value.has_value();
}

std::optional<Duration> parse_bounded(std::string_view text, Duration least, Duration most) {
  const auto value = parse_seconds(text);
  if (!value || *value < least || *value > most) return std::nullopt;
  return value;
}

std::optional<Duration> parse_interval(std::string_view text) {
  return parse_bounded(text, shortest_interval, longest_interval);
}

std::optional<Duration> parse_wait(std::string_view text) {
  if (text == "queue") return HeadSettings::forever;
  return parse_bounded(text, Duration::zero(), longest_wait);
}

std::optional<Duration> parse_wait_or_fail(std::string_view text) {
  if (text == "fail") return Duration::zero();
  return parse_wait(text);
}

std::string print_wait(Duration value) {
  return value == HeadSettings::forever ? "queue" : print_seconds(value);
}

/// A setting of a head: option, key and xattr.
constexpr Setting of_head(Setting setting, bool (*set_it)(HeadSettings&, std::string_view),
                          std::string (*get_it)(const HeadSettings&)) {
  setting.xattr = true;
  setting.set_head = set_it;
  setting.get_head = get_it;
  return setting;
}

constexpr Setting of_mount(Setting setting, bool (*set_it)(MountSettings&, std::string_view),
                           std::string (*get_it)(const MountSettings&)) {
  setting.set_mount = set_it;
  setting.get_mount = get_it;
  return setting;
}

using Head = HeadSettings;
using Mount = MountSettings;
using Text = std::string_view;

constexpr std::array table{
    of_head(
        {.name = "iopolicy",
         .values = "numa|round-robin|queue-depth",
         .default_text = "numa",
         .help = "how a path is chosen among those that are usable"},
        [](Head& head, Text text) { return set(head, &Head::iopolicy, parse_iopolicy(text)); },
        [](const Head& head) { return std::string(to_string(head.iopolicy)); }),
    of_mount(
        {.name = "multipath",
         .values = "on|always",
         .default_text = "on",
         .help = "take disks with ALUA only, or any with a unique id"},
        [](Mount& mount, Text text) {
          if (text != "on" && text != "always") return false;
          mount.multipath_always = text == "always";
          return true;
        },
        [](const Mount& mount) { return std::string(mount.multipath_always ? "always" : "on"); }),
    of_head(
        {.name = "no_path_timeout",
         .values = "fail|queue|SECONDS (0 to 31536000)",
         .default_text = "30",
         .help = "how long I/O is held while no path is usable"},
        [](Head& head, Text text) {
          return set(head, &Head::no_path_timeout, parse_wait_or_fail(text));
        },
        [](const Head& head) {
          return head.no_path_timeout == Duration::zero() ? std::string("fail")
                                                          : print_wait(head.no_path_timeout);
        }),
    of_head(
        {.name = "io_timeout",
         .values = "SECONDS (0.1 to 3600)",
         .default_text = "10",
         .help = "how long one attempt on one path may take"},
        [](Head& head, Text text) { return set(head, &Head::io_timeout, parse_interval(text)); },
        [](const Head& head) { return print_seconds(head.io_timeout); }),
    of_head(
        {.name = "checker_interval",
         .values = "SECONDS (0.1 to 3600)",
         .default_text = "5",
         .help = "how often a path is checked"},
        [](Head& head, Text text) {
          return set(head, &Head::checker_interval, parse_interval(text));
        },
        [](const Head& head) { return print_seconds(head.checker_interval); }),
    of_head(
        {.name = "exclusive",
         .values = "yes|no",
         .default_text = "no",
         .help = "yes: no other host writes to the disk; failing over a hanging write is faster"},
        [](Head& head, Text text) { return set(head, &Head::exclusive, parse_yes_no(text)); },
        [](const Head& head) { return print_yes_no(head.exclusive); }),
    of_head(
        {.name = "ghost_timeout",
         .values = "queue|SECONDS (0 to 31536000)",
         .default_text = "120",
         .help = "how long a write waits for an attempt of it that was given up"},
        [](Head& head, Text text) { return set(head, &Head::ghost_timeout, parse_wait(text)); },
        [](const Head& head) { return print_wait(head.ghost_timeout); }),
    of_mount(
        {.name = "page_cache",
         .values = "yes|no",
         .default_text = "no",
         .help = "yes: the kernel caches the data of the files"},
        [](Mount& mount, Text text) { return set(mount, &Mount::page_cache, parse_yes_no(text)); },
        [](const Mount& mount) { return print_yes_no(mount.page_cache); }),
    of_mount(
        {.name = "ro",
         .values = "yes|no",
         .default_text = "no",
         .help = "mount read-only",
         .flag = true},
        [](Mount& mount, Text text) { return set(mount, &Mount::read_only, parse_yes_no(text)); },
        [](const Mount& mount) { return print_yes_no(mount.read_only); }),
    of_mount(
        {.name = "uid",
         .values = "NUMBER",
         .default_text = "who mounts",
         .help = "the owner of the files"},
        [](Mount& mount, Text text) {
          const auto value = parse_number<uid_t>(text);
          if (!value || *value == static_cast<uid_t>(-1)) return false;
          mount.uid = value;
          return true;
        },
        [](const Mount& mount) { return mount.uid ? fmt::format("{}", *mount.uid) : ""; }),
    of_mount(
        {.name = "gid",
         .values = "NUMBER",
         .default_text = "who mounts",
         .help = "the group of the files"},
        [](Mount& mount, Text text) {
          const auto value = parse_number<gid_t>(text);
          if (!value || *value == static_cast<gid_t>(-1)) return false;
          mount.gid = value;
          return true;
        },
        [](const Mount& mount) { return mount.gid ? fmt::format("{}", *mount.gid) : ""; }),
    of_mount(
        {.name = "mode",
         .values = "OCTAL (0 to 0777)",
         .default_text = "0600",
         .help = "the permissions of the files"},
        [](Mount& mount, Text text) {
          const auto value = parse_number<mode_t>(text, 8);
          if (!value || *value > 0777) return false;
          mount.mode = *value;
          return true;
        },
        [](const Mount& mount) { return fmt::format("{:04o}", mount.mode); }),
    of_mount(
        {.name = "allow_other",
         .values = "yes|no",
         .default_text = "no",
         .help = "let other users see the files, as their permissions say",
         .flag = true},
        [](Mount& mount, Text text) { return set(mount, &Mount::allow_other, parse_yes_no(text)); },
        [](const Mount& mount) { return print_yes_no(mount.allow_other); }),
    of_mount(
        {.name = "config",
         .values = "FILE",
         .default_text = "none",
         .help = "a configuration file beside SOURCE",
         .toml = false},
        [](Mount& mount, Text text) {
          if (text.empty()) return false;
          mount.config = text;
          return true;
        },
        [](const Mount& mount) { return mount.config; }),
};

std::unexpected<Error> refuse(const Setting& setting, std::string_view text) {
  return fail(EINVAL, fmt::format("{}={}: must be {}", setting.name, text, setting.values));
}

}  // namespace

Result<void> Setting::apply(HeadSettings& target, std::string_view text) const {
  if (set_head == nullptr) return fail(EINVAL, fmt::format("{} is no setting of a head", name));
  if (!set_head(target, text)) return refuse(*this, text);
  return {};
}

Result<void> Setting::apply(MountSettings& target, std::string_view text) const {
  if (set_mount == nullptr) return fail(EINVAL, fmt::format("{} is no setting of the mount", name));
  if (!set_mount(target, text)) return refuse(*this, text);
  return {};
}

std::string Setting::print(const HeadSettings& source) const {
  return get_head == nullptr ? std::string() : get_head(source);
}

std::string Setting::print(const MountSettings& source) const {
  return get_mount == nullptr ? std::string() : get_mount(source);
}

std::span<const Setting> all_settings() noexcept {
  return table;
}

const Setting* find_setting(std::string_view name) noexcept {
  const auto found = std::ranges::find(table, name, &Setting::name);
  return found == table.end() ? nullptr : &*found;
}

Result<void> assign(Assignments& to, const Setting& setting, std::string_view text) {
  Result<void> good;
  if (setting.xattr) {
    HeadSettings scratch;
    good = setting.apply(scratch, text);
  } else {
    MountSettings scratch;
    good = setting.apply(scratch, text);
  }
  if (good) to.push_back({&setting, std::string(text)});
  return good;
}

void overlay(HeadSettings& target, const Assignments& from) {
  for (const auto& [setting, value] : from) {
    if (setting->set_head != nullptr) setting->set_head(target, value);
  }
}

void overlay(MountSettings& target, const Assignments& from) {
  for (const auto& [setting, value] : from) {
    if (setting->set_mount != nullptr) setting->set_mount(target, value);
  }
}

std::string changes(const HeadSettings& from, const HeadSettings& to) {
  std::string text;
  for (const Setting& setting : all_settings()) {
    if (setting.get_head == nullptr) continue;
    const std::string value = setting.get_head(to);
    if (value == setting.get_head(from)) continue;
    if (!text.empty()) text += ' ';
    text.append(setting.name).append("=").append(value);
  }
  return text;
}

}  // namespace scsimpath::settings
