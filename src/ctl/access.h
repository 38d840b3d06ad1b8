// SPDX-License-Identifier: LGPL-2.1-or-later
// The files and xattrs of a mount: all that scsimpathctl knows of the program behind it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mounts.h"

namespace scsimpath::ctl {

/// `iopolicy` and `user.scsimpath.iopolicy` are the same name; this is the short one.
[[nodiscard]] std::string_view short_name(std::string_view name);

/// The JSON text of .scsimpath/status.
[[nodiscard]] Result<std::string> read_status(const Mount& mount);

/// Of these three, `place` is a head; names are short ones.
[[nodiscard]] Result<std::vector<std::string>> list_settings(const Place& place);
[[nodiscard]] Result<std::string> get_setting(const Place& place, std::string_view name);
[[nodiscard]] Result<void> set_setting(const Place& place, std::string_view name,
                                       std::string_view value);

}  // namespace scsimpath::ctl
