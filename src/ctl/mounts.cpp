// SPDX-License-Identifier: LGPL-2.1-or-later
// The scsimpath mounts of this machine, and which of them a file belongs to.
#include "mounts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>

#include "patience.h"
#include "system_error.h"

namespace scsimpath::ctl {
namespace {

constexpr std::string_view control_folder = ".scsimpath";
constexpr std::string_view heads_folder = ".scsimpath/heads/";

/// The kernel writes blank, tab, newline and backslash as \ooo.
std::string unescape(std::string_view text) {
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) &&
        octal(text[i + 3])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::optional<Mount> parse_line(const std::string& line) {
  std::istringstream words(line);
  std::string id, parent, device, root, point, options, optional_field, type, source;
  words >> id >> parent >> device >> root >> point >> options;
  while (words >> optional_field && optional_field != "-") {
  }
  if (!(words >> type >> source) || type != "fuse.scsimpath") return std::nullopt;
  return Mount{unescape(point), unescape(root), device, unescape(source)};
}

/// What of `path` is below `folder`, without a leading slash; nothing when it is not below it.
std::optional<std::string_view> below(std::string_view path, std::string_view folder) {
  if (folder == "/") folder = "";
  if (!path.starts_with(folder)) return std::nullopt;
  path.remove_prefix(folder.size());
  if (path.empty()) return path;
  if (path.front() != '/') return std::nullopt;
  path.remove_prefix(1);
  return path;
}

std::string absolute(const std::string& name) {
  std::error_code none;
  return std::filesystem::absolute(name, none).lexically_normal().string();
}

Result<std::string> real_path(const std::string& name) {
  return ask([&]() -> Result<std::string> {
    const std::unique_ptr<char, decltype(&std::free)> path(::realpath(name.c_str(), nullptr),
                                                           &std::free);
    if (!path) return fail(errno, error_text(errno));
    return std::string(path.get());
  });
}

}  // namespace

std::vector<Mount> parse_mounts(std::string_view mountinfo) {
  std::vector<Mount> mounts;
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    if (std::optional<Mount> mount = parse_line(line)) mounts.push_back(std::move(*mount));
  }
  return mounts;
}

Result<std::vector<Mount>> read_mounts() {
  std::ifstream file("/proc/self/mountinfo");
  if (!file) return fail(errno, "/proc/self/mountinfo: cannot be read; is /proc mounted?");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return parse_mounts(text);
}

std::vector<Mount> distinct(const std::vector<Mount>& mounts) {
  std::vector<Mount> whole;
  for (const Mount& mount : mounts) {
    const auto same = [&](const Mount& other) { return other.device == mount.device; };
    if (mount.root == "/" && std::ranges::none_of(whole, same)) whole.push_back(mount);
  }
  return whole;
}

std::string Place::control_file() const {
  return fmt::format("{}/{}{}", mount.point, heads_folder, head);
}

Result<Place> locate(const std::vector<Mount>& mounts, std::string_view path) {
  const Mount* nearest = nullptr;
  for (const Mount& mount : mounts) {
    // Of two on the same point the later one is the visible one.
    if (below(path, mount.point) &&
        (nearest == nullptr || mount.point.size() >= nearest->point.size())) {
      nearest = &mount;
    }
  }
  if (nearest == nullptr) return fail(ENOENT, fmt::format("{}: not in a scsimpath mount", path));

  const auto whole = std::ranges::find_if(mounts, [&](const Mount& mount) {
    return mount.root == "/" && mount.device == nearest->device;
  });
  if (whole == mounts.end()) {
    return fail(ENOENT,
                fmt::format("{}: only this part of its scsimpath mount is visible here", path));
  }

  const std::string_view rest = *below(path, nearest->point);
  std::string inner = nearest->root;
  if (!rest.empty()) inner.append("/").append(rest);
  inner.erase(0, inner.find_first_not_of('/'));

  // Of two on one point both name the same folder; then the visible one counts.
  Place place{nearest->root == "/" ? *nearest : *whole, ""};
  if (std::string_view(inner).starts_with(heads_folder)) inner.erase(0, heads_folder.size());
  if (inner.find('/') == std::string::npos && inner != control_folder && inner != "by-id") {
    place.head = inner;
  }
  return place;
}

Result<Place> find_place(const std::string& name) {
  const Result<std::vector<Mount>> mounts = read_mounts();
  if (!mounts) return std::unexpected(mounts.error());
  const Result<std::string> path = real_path(name);
  if (path) {
    Result<Place> place = locate(*mounts, *path);
    if (!place) place.error().message.replace(0, path->size(), name);
    return place;
  }
  const Error& error = path.error();
  if (error.number == ENOTCONN || error.number == ETIMEDOUT) {
    if (const Result<Place> place = locate(*mounts, absolute(name))) {
      return std::unexpected(explain(place->mount, error));
    }
  }
  return fail(error.number, fmt::format("{}: {}", name, error.message));
}

Result<std::vector<Place>> find_places(const std::string& name) {
  if (!name.empty()) {
    Result<Place> place = find_place(name);
    if (!place) return std::unexpected(place.error());
    return std::vector<Place>{std::move(*place)};
  }
  const Result<std::vector<Mount>> mounts = read_mounts();
  if (!mounts) return std::unexpected(mounts.error());
  std::vector<Place> places;
  for (Mount& mount : distinct(*mounts)) places.push_back({std::move(mount), ""});
  return places;
}

Error explain(const Mount& mount, const Error& error) {
  if (error.number == ENOTCONN || error.number == ECONNABORTED) {
    return {
        error.number,
        fmt::format("{0}: its scsimpath has ended without unmounting; `umount -l {0}` clears it",
                    mount.point)};
  }
  if (error.number == ETIMEDOUT) {
    return {error.number,
            fmt::format("{}: no answer within {} s; its scsimpath is stopped or stuck", mount.point,
                        patience.count() / 1000)};
  }
  return {error.number, fmt::format("{}: {}", mount.point, error.message)};
}

}  // namespace scsimpath::ctl
