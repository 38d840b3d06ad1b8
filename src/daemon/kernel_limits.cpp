// SPDX-License-Identifier: LGPL-2.1-or-later
// Compares the settings that make requests wait with the kernel's patience.
#include "kernel_limits.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>

#include "table.h"

namespace scsimpath::daemon {
namespace {

constexpr const char* default_file = "/proc/sys/fs/fuse/default_request_timeout";
constexpr const char* max_file = "/proc/sys/fs/fuse/max_request_timeout";

std::uint64_t read_number(const char* file) {
  std::ifstream stream(file);
  std::uint64_t value = 0;
  return stream >> value ? value : 0;
}

}  // namespace

KernelLimits read_kernel_limits() {
  return {read_number(default_file), read_number(max_file)};
}

Result<void> check_kernel_limits(const HeadSettings& settings, const KernelLimits& limits) {
  // We ask for no limit ourselves: the default holds, and the maximum where it is less or alone.
  const bool by_default = limits.default_request_timeout != 0 &&
                          (limits.max_request_timeout == 0 ||
                           limits.default_request_timeout <= limits.max_request_timeout);
  const std::uint64_t limit =
      by_default ? limits.default_request_timeout : limits.max_request_timeout;
  if (limit == 0) return {};

  const auto check = [&](std::string_view name, Duration wait) -> Result<void> {
    if (wait < std::chrono::seconds(limit)) return {};
    return fail(EINVAL,
                fmt::format("{}={}: the kernel ends the mount when a request takes {} s: set {} to "
                            "less, or write 0 to {}",
                            name, scsimpath::settings::find_setting(name)->print(settings), limit,
                            name, by_default ? default_file : max_file));
  };
  if (auto good = check("no_path_timeout", settings.no_path_timeout); !good) return good;
  return check("ghost_timeout", settings.ghost_timeout);
}

}  // namespace scsimpath::daemon
