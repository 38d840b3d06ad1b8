// SPDX-License-Identifier: LGPL-2.1-or-later
// Looks at the mount point and at /dev/fuse.
#include "mountpoint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>

#include "fd.h"
#include "system_error.h"
#include "text.h"

namespace scsimpath::daemon {
namespace {

namespace fs = std::filesystem;

/// mountinfo writes blanks and backslashes as `\040`.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      if (const auto code = parse_number<unsigned char>(text.substr(i + 1, 3), 8)) {
        plain += static_cast<char>(*code);
        i += 3;
        continue;
      }
    }
    plain += text[i];
  }
  return plain;
}

std::string read_mountinfo() {
  std::ifstream stream("/proc/self/mountinfo");
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::unexpected<Error> in_use(const std::string& path, std::string_view type) {
  return fail(EBUSY, fmt::format("mount point {}: is in use: a file system of type {} is mounted "
                                 "there: umount it, or choose another directory",
                                 path, type));
}

}  // namespace

std::string mounted_type(std::string_view mountinfo, std::string_view path) {
  constexpr std::size_t mountpoint_field = 4;
  std::string type;
  for (const std::string_view line : split(mountinfo, '\n')) {
    const std::size_t separator = line.find(" - ");
    if (separator == std::string_view::npos) continue;
    const auto fields = split(line.substr(0, separator), ' ');
    if (fields.size() <= mountpoint_field || unescape(fields[mountpoint_field]) != path) continue;
    type = split(line.substr(separator + 3), ' ').front();
  }
  return type;
}

Result<std::string> check_mountpoint(const std::string& mountpoint) {
  const std::string mountinfo = read_mountinfo();
  // First by name: a dead mount cannot even be looked at.
  std::error_code error;
  const fs::path absolute = fs::absolute(mountpoint, error).lexically_normal();
  std::string plain = absolute.has_filename() ? absolute.string() : absolute.parent_path().string();
  if (const std::string type = mounted_type(mountinfo, plain); !type.empty()) {
    return in_use(plain, type);
  }

  const std::unique_ptr<char, void (*)(void*)> real(::realpath(mountpoint.c_str(), nullptr),
                                                    ::free);
  if (real == nullptr) {
    const int number = errno;
    return system_failure(number, "mount point " + mountpoint);
  }
  const std::string path = real.get();
  if (const std::string type = mounted_type(mountinfo, path); !type.empty()) {
    return in_use(path, type);
  }
  if (!fs::is_directory(path, error)) {
    return fail(ENOTDIR, fmt::format("mount point {}: is not a directory", mountpoint));
  }
  const bool empty = fs::is_empty(path, error);
  if (error) return system_failure(error.value(), "mount point " + mountpoint);
  if (!empty) {
    return fail(ENOTEMPTY,
                fmt::format("mount point {}: is not empty: choose an empty directory", mountpoint));
  }
  return path;
}

Result<void> check_fuse_device(const std::string& device) {
  struct stat status {};
  if (::stat(device.c_str(), &status) != 0 || !S_ISCHR(status.st_mode)) {
    return fail(ENODEV,
                fmt::format("{}: is missing: load the kernel module with `modprobe fuse`, or "
                            "let the container have the device",
                            device));
  }
  const Fd fd(::open(device.c_str(), O_RDWR | O_CLOEXEC));
  // Who may not open it can still mount through fusermount3.
  if (!fd && errno != EACCES && errno != EPERM) {
    const int number = errno;
    return system_failure(number,
                          fmt::format("{}: cannot be opened, `modprobe fuse` may help", device));
  }
  return {};
}

}  // namespace scsimpath::daemon
