// SPDX-License-Identifier: LGPL-2.1-or-later
// Compares the settings that make requests wait with the kernel's patience.
#include "kernel_limits.h"

#include <fmt/format.h>

#include <cerrno>

#include "table.h"

namespace scsimpath::daemon {

Result<void> check_kernel_limits(const HeadSettings& settings, const RequestTimeouts& limits) {
  // We ask for no limit ourselves: the default holds, and the maximum where it is less or alone.
  const bool by_default =
      limits.by_default != 0 && (limits.at_most == 0 || limits.by_default <= limits.at_most);
  const std::uint64_t limit = by_default ? limits.by_default : limits.at_most;
  if (limit == 0) return {};

  const auto check = [&](std::string_view name, Duration wait) -> Result<void> {
    if (wait < std::chrono::seconds(limit)) return {};
    return fail(
        EINVAL,
        fmt::format("{}={}: the kernel ends the mount when a request takes {} s: set {} to "
                    "less, or write 0 to {} and mount again",
                    name, scsimpath::settings::find_setting(name)->print(settings), limit, name,
                    by_default ? RequestTimeouts::default_file : RequestTimeouts::max_file));
  };
  if (auto good = check("no_path_timeout", settings.no_path_timeout); !good) return good;
  return check("ghost_timeout", settings.ghost_timeout);
}

}  // namespace scsimpath::daemon
