// SPDX-License-Identifier: LGPL-2.1-or-later
// How heads and paths look on a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "status.h"

namespace scsimpath::ctl {

/// As `multipath -ll`: the head's line, its size, policy and state, a line per path.
[[nodiscard]] std::string head_text(const HeadReport& head, std::string_view mount_point);

/// Which paths the next read and the next write take, or why they wait; whole lines.
[[nodiscard]] std::string choice_text(const HeadReport& head);

/// The line of `list --check` and what it ends with.
struct Verdict {
  int exit_status = 0;
  std::string text;
};
[[nodiscard]] Verdict judge(const std::vector<HeadReport>& heads);

/// One line on stderr, with the program's name before it.
void complain(std::string_view message);

}  // namespace scsimpath::ctl
