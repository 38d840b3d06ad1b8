// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes the plan of a mount: configuration, mount point, device, limits.
#include "plan.h"

#include "mountpoint.h"

namespace scsimpath::daemon {

Result<void> check_kernel_limits(const settings::Configuration& configuration,
                                 const RequestTimeouts& limits) {
  if (auto good = check_kernel_limits(configuration.defaults(), limits); !good) return good;
  const auto check = [&](const settings::HeadSection& section) {
    const settings::HeadSection* const own[] = {&section};
    return check_kernel_limits(configuration.head(own), limits);
  };
  for (const settings::DiskSection& disk : configuration.contents.disks) {
    if (auto good = check(disk.head); !good) return good;
  }
  for (const settings::HeadSection& head : configuration.contents.heads) {
    if (auto good = check(head); !good) return good;
  }
  return {};
}

Result<Plan> make_plan(const CommandLine& line) {
  auto configuration = settings::make_configuration(line.source, line.options);
  if (!configuration) return std::unexpected(configuration.error());
  auto mountpoint = check_mountpoint(line.mountpoint);
  if (!mountpoint) return std::unexpected(mountpoint.error());
  if (auto good = check_fuse_device("/dev/fuse"); !good) return std::unexpected(good.error());
  if (auto good = check_kernel_limits(*configuration, read_request_timeouts()); !good) {
    return std::unexpected(good.error());
  }
  return Plan{.configuration = *std::move(configuration),
              .mountpoint = *std::move(mountpoint),
              .foreground = line.foreground,
              .debug = line.debug};
}

}  // namespace scsimpath::daemon
