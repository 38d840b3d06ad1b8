// SPDX-License-Identifier: LGPL-2.1-or-later
// What the status says of a head and of a path, in full, for people.
#pragma once

#include <string>
#include <string_view>

#include "status.h"

namespace scsimpath::ctl {

/// A line of `show`.
[[nodiscard]] std::string described(std::string_view name, std::string_view text);
[[nodiscard]] std::string joined(const Counters& counters);

/// Whole lines, without a head's counters and paths; what says nothing, like a zero, is left out.
[[nodiscard]] std::string describe_head(const HeadReport& head);
[[nodiscard]] std::string describe_path(const PathReport& path);

}  // namespace scsimpath::ctl
