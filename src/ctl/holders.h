// SPDX-License-Identifier: LGPL-2.1-or-later
// Who has a head's file open.
#pragma once

#include <string>
#include <vector>

namespace scsimpath::ctl {

/// `process 812 (fio)`, `/dev/loop0`, …: those that hold the file at one of these paths. Of other
/// users' processes only root learns.
[[nodiscard]] std::vector<std::string> find_holders(const std::vector<std::string>& paths);

}  // namespace scsimpath::ctl
