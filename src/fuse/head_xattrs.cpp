// SPDX-License-Identifier: LGPL-2.1-or-later
// Names to values, values to actions.
#include "head_xattrs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <iterator>

namespace scsimpath::fuse {

namespace {

using Kind = HeadXattr::Kind;

struct NamedKind {
  std::string_view name;
  Kind kind;
};

constexpr std::array head_kinds{NamedKind{"wwid", Kind::wwid}, NamedKind{"paths", Kind::paths},
                                NamedKind{"stats", Kind::stats}};
constexpr std::array path_kinds{
    NamedKind{"state", Kind::path_state}, NamedKind{"access_state", Kind::path_access_state},
    NamedKind{"numa_nodes", Kind::path_numa_nodes},
    NamedKind{"queue_depth", Kind::path_queue_depth}, NamedKind{"fault", Kind::path_fault}};

std::optional<Kind> find_kind(std::span<const NamedKind> kinds, std::string_view name) noexcept {
  for (const NamedKind& entry : kinds) {
    if (entry.name == name) return entry.kind;
  }
  return std::nullopt;
}

std::unexpected<Error> no_such_xattr() {
  return fail(ENODATA, "there is no such attribute");
}

const PathStatus* find_path(const HeadStatus& head, std::string_view name) {
  const auto found = std::find_if(head.paths.begin(), head.paths.end(),
                                  [&](const PathStatus& path) { return path.name == name; });
  return found == head.paths.end() ? nullptr : &*found;
}

std::string paths_text(const HeadStatus& head) {
  std::string text;
  for (const PathStatus& path : head.paths) {
    fmt::format_to(std::back_inserter(text), "{} {} {} {} {} {}\n", path.name, path.device,
                   to_string(path.state), to_string(path.access_state), path.in_flight,
                   path.errors);
  }
  return text;
}

std::string stats_text(const HeadCounters& c) {
  std::string text;
  const auto add = [&](std::string_view name, std::uint64_t value) {
    fmt::format_to(std::back_inserter(text), "{} {}\n", name, value);
  };
  add("reads", c.reads);
  add("writes", c.writes);
  add("flushes", c.flushes);
  add("unmaps", c.unmaps);
  add("read_bytes", c.read_bytes);
  add("write_bytes", c.write_bytes);
  add("failovers", c.failovers);
  add("requeues", c.requeues);
  add("retries", c.retries);
  add("errors", c.errors);
  add("cache_losses", c.cache_losses);
  return text;
}

Result<std::string> path_value(const HeadStatus& head, const HeadXattr& xattr) {
  const PathStatus* path = find_path(head, xattr.path);
  if (path == nullptr) return no_such_xattr();
  switch (xattr.kind) {
    case Kind::path_state:
      return std::string(to_string(path->state));
    case Kind::path_access_state:
      return std::string(to_string(path->access_state));
    case Kind::path_numa_nodes:
      return fmt::format("{}", fmt::join(path->numa_nodes, " "));
    case Kind::path_queue_depth:
      return fmt::format("{}", path->queue_depth);
    case Kind::path_fault:
    case Kind::setting:
    case Kind::wwid:
    case Kind::paths:
    case Kind::stats:
      break;
  }
  return no_such_xattr();
}

/// The names of a path state that can be set.
std::optional<PathState> parse_settable_state(std::string_view text) noexcept {
  for (const PathState state : {PathState::offline, PathState::running}) {
    if (to_string(state) == text) return state;
  }
  return std::nullopt;
}

}  // namespace

std::optional<HeadXattr> parse_xattr_name(std::string_view name) noexcept {
  if (!name.starts_with(xattr_prefix)) return std::nullopt;
  name.remove_prefix(xattr_prefix.size());

  constexpr std::string_view path_prefix = "path.";
  if (name.starts_with(path_prefix)) {
    name.remove_prefix(path_prefix.size());
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return std::nullopt;
    const auto kind = find_kind(path_kinds, name.substr(dot + 1));
    if (!kind) return std::nullopt;
    return HeadXattr{*kind, nullptr, name.substr(0, dot)};
  }
  if (const auto kind = find_kind(head_kinds, name)) return HeadXattr{*kind, nullptr, {}};
  const settings::Setting* setting = settings::find_setting(name);
  if (setting == nullptr || !setting->xattr) return std::nullopt;
  return HeadXattr{Kind::setting, setting, {}};
}

std::vector<std::string> xattr_names(const HeadStatus& head) {
  std::vector<std::string> names;
  for (const settings::Setting& setting : settings::all_settings()) {
    if (setting.xattr) names.push_back(fmt::format("{}{}", xattr_prefix, setting.name));
  }
  for (const NamedKind& entry : head_kinds) {
    names.push_back(fmt::format("{}{}", xattr_prefix, entry.name));
  }
  for (const PathStatus& path : head.paths) {
    for (const NamedKind& entry : path_kinds) {
      if (entry.kind == Kind::path_fault && !path.has_faults) continue;
      names.push_back(fmt::format("{}path.{}.{}", xattr_prefix, path.name, entry.name));
    }
  }
  return names;
}

Result<std::string> xattr_value(const HeadStatus& head, const HeadXattr& xattr) {
  switch (xattr.kind) {
    case Kind::setting:
      assert(xattr.setting != nullptr);
      return xattr.setting->print(head.settings);
    case Kind::wwid:
      return head.wwid;
    case Kind::paths:
      return paths_text(head);
    case Kind::stats:
      return stats_text(head.counters);
    case Kind::path_state:
    case Kind::path_access_state:
    case Kind::path_numa_nodes:
    case Kind::path_queue_depth:
    case Kind::path_fault:
      break;
  }
  return path_value(head, xattr);
}

Result<std::string> get_xattr(const Head& head, std::string_view name) {
  const auto xattr = parse_xattr_name(name);
  if (!xattr) return no_such_xattr();
  if (xattr->kind == Kind::path_fault) return head.path_fault(xattr->path);
  return xattr_value(head.status(), *xattr);
}

Result<void> set_xattr(Head& head, std::string_view name, std::string_view value,
                       Mutex& settings_mutex,
                       const std::function<Result<void>(const HeadSettings&)>& permit) {
  const auto xattr = parse_xattr_name(name);
  if (!xattr) return no_such_xattr();
  if (value.ends_with('\n')) value.remove_suffix(1);

  switch (xattr->kind) {
    case Kind::setting: {
      assert(xattr->setting != nullptr);
      const MutexLock lock(settings_mutex);
      const HeadSettings before = head.settings();
      HeadSettings changed = before;
      if (auto applied = xattr->setting->apply(changed, value); !applied) return applied;
      if (permit != nullptr) {
        if (auto permitted = permit(changed); !permitted) return permitted;
      }
      head.apply(changed, settings::changes(before, changed));
      return {};
    }
    case Kind::path_fault:
      return head.set_path_fault(xattr->path, value);
    case Kind::path_state: {
      if (find_path(head.status(), xattr->path) == nullptr) return no_such_xattr();
      const auto state = parse_settable_state(value);
      if (!state) return fail(EINVAL, "a path can be set offline or running");
      return head.set_path_state(xattr->path, *state);
    }
    case Kind::path_access_state:
    case Kind::path_numa_nodes:
    case Kind::path_queue_depth:
      if (find_path(head.status(), xattr->path) == nullptr) return no_such_xattr();
      break;
    case Kind::wwid:
    case Kind::paths:
    case Kind::stats:
      break;
  }
  return fail(EPERM, "this attribute can only be read");
}

}  // namespace scsimpath::fuse
