// SPDX-License-Identifier: LGPL-2.1-or-later
// The files and xattrs of a mount: all that scsimpathctl knows of the program behind it.
#include "access.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "fd.h"
#include "patience.h"
#include "refusal.h"
#include "system_error.h"

namespace scsimpath::ctl {
namespace {

constexpr std::string_view prefix = "user.scsimpath.";
/// The kernel's own, of one xattr and of a list of them.
constexpr std::size_t value_limit = 65536;

std::unexpected<Error> system_error() {
  return fail(errno, error_text(errno));
}

Result<std::string> read_whole(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return system_error();
  std::string text;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error();
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

/// Calls with a buffer that is large enough, though the value may grow between two calls.
template <class Call>
Result<std::string> sized(const Call& call) {
  std::string value(4096, '\0');
  for (;;) {
    const ssize_t size = call(value.data(), value.size());
    if (size >= 0) {
      value.resize(static_cast<std::size_t>(size));
      return value;
    }
    if (errno != ERANGE || value.size() >= value_limit) return system_error();
    value.resize(value.size() * 4);
  }
}

std::string long_name(std::string_view name) {
  return fmt::format("{}{}", prefix, short_name(name));
}

/// Whether `name` is that of a fault of a path that is there.
bool is_fault_of_path(const Place& place, std::string_view name) {
  constexpr std::string_view end = ".fault";
  if (!name.ends_with(end)) return false;
  name.remove_suffix(end.size());
  const Result<std::vector<std::string>> names = list_settings(place);
  return names && std::ranges::find(*names, fmt::format("{}.state", name)) != names->end();
}

Error explain_setting(const Place& place, std::string_view name, std::string_view value,
                      const Error& error) {
  Refusal refusal{.name = short_name(name), .value = value};
  if (error.number == ENODATA) refusal.is_fault_of_path = is_fault_of_path(place, refusal.name);
  if (error.number == EINVAL) refusal.timeouts = read_request_timeouts();
  return explain_refusal(place, refusal, error);
}

}  // namespace

std::string_view short_name(std::string_view name) {
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  return name;
}

Result<std::string> read_status(const Mount& mount) {
  Result<std::string> text = ask([&] { return read_whole(mount.point + "/.scsimpath/status"); });
  if (!text) return std::unexpected(explain(mount, text.error()));
  return text;
}

Result<std::vector<std::string>> list_settings(const Place& place) {
  const std::string file = place.control_file();
  const Result<std::string> names = ask([&] {
    return sized(
        [&](char* data, std::size_t size) { return ::listxattr(file.c_str(), data, size); });
  });
  if (!names) return std::unexpected(explain_setting(place, "settings", "", names.error()));
  std::vector<std::string> list;
  for (std::size_t begin = 0; begin < names->size();) {
    const std::string name = names->c_str() + begin;
    begin += name.size() + 1;
    if (name.starts_with(prefix)) list.emplace_back(short_name(name));
  }
  return list;
}

Result<std::string> get_setting(const Place& place, std::string_view name) {
  const std::string file = place.control_file();
  const std::string attribute = long_name(name);
  Result<std::string> value = ask([&] {
    return sized([&](char* data, std::size_t size) {
      return ::getxattr(file.c_str(), attribute.c_str(), data, size);
    });
  });
  if (!value) return std::unexpected(explain_setting(place, name, "", value.error()));
  return value;
}

Result<void> set_setting(const Place& place, std::string_view name, std::string_view value) {
  const std::string file = place.control_file();
  const std::string attribute = long_name(name);
  const Result<std::string> done = ask([&]() -> Result<std::string> {
    if (::setxattr(file.c_str(), attribute.c_str(), value.data(), value.size(), 0) != 0) {
      return system_error();
    }
    return std::string();
  });
  if (!done) return std::unexpected(explain_setting(place, name, value, done.error()));
  return {};
}

}  // namespace scsimpath::ctl
