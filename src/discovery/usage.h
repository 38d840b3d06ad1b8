// SPDX-License-Identifier: LGPL-2.1-or-later
// Who else uses a disk.
#pragma once

#include <filesystem>
#include <string>

#include "scsi_device.h"
#include "sysfs.h"

namespace scsimpath::discovery {

/// `/dev/sdc1 is mounted on /srv`, `/dev/sdc is held by dm-0`, `/dev/sdc2 is swap`; empty when this
/// system's tables name nobody. A user that is in none of them (another mount namespace, a program
/// with an exclusive open) shows when the disk is claimed.
[[nodiscard]] std::string user_of(const ScsiDevice& device, const Sysfs& sysfs,
                                  const std::filesystem::path& proc = "/proc");

}  // namespace scsimpath::discovery
