// SPDX-License-Identifier: LGPL-2.1-or-later
// The files and xattrs of a mount: all that scsimpathctl knows of the program behind it.
#include "access.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "fd.h"
#include "patience.h"
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

Error explain_setting(const Place& place, std::string_view name, std::string_view value,
                      const Error& error) {
  const std::string_view short_form = short_name(name);
  const auto say = [&](std::string text) { return Error{error.number, std::move(text)}; };
  switch (error.number) {
    case EINVAL:
      if (short_form.ends_with(".fault")) {
        return say(fmt::format("{}: not a fault; scsimpath(7) lists them", value));
      }
      return say(fmt::format("{}: not a value of {}; scsimpath(8) lists them", value, short_form));
    case EPERM:
      return say(fmt::format("{}: cannot be set, only read", short_form));
    case EACCES:
      return say(fmt::format("{}: only the owner of the mount and root may set it", short_form));
    case EROFS:
      return say(
          fmt::format("{}: mounted with ro, where the kernel refuses every setting; unmount it "
                      "and mount it without ro",
                      place.mount.point));
    case ENODATA:
      return say(
          fmt::format("{}: {} has no such setting or path; `scsimpathctl get FILE` lists "
                      "what it has",
                      short_form, place.head));
    case ENOENT:
      return say(fmt::format("{}: no such head in {}", place.head, place.mount.point));
    case ENOTCONN:
    case ECONNABORTED:
    case ETIMEDOUT:
      return explain(place.mount, error);
    default:
      return say(fmt::format("{} of {}: {}", short_form, place.head, error.message));
  }
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
