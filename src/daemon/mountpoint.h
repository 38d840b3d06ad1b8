// SPDX-License-Identifier: LGPL-2.1-or-later
// What must be true of the machine before anything is made.
#pragma once

#include <string>
#include <string_view>

#include "scsimpath/result.h"

namespace scsimpath::daemon {

/// The real path of a directory that is there, empty and not mounted on. Errors name it and the
/// remedy.
[[nodiscard]] Result<std::string> check_mountpoint(const std::string& mountpoint);

/// The type of the file system mounted at exactly that path, by the text of /proc/self/mountinfo;
/// empty when none is.
[[nodiscard]] std::string mounted_type(std::string_view mountinfo, std::string_view path);

/// Whether the kernel's FUSE device is there.
[[nodiscard]] Result<void> check_fuse_device(const std::string& device);

}  // namespace scsimpath::daemon
