// SPDX-License-Identifier: LGPL-2.1-or-later
// The settings of one head. Names, ranges and texts are in the settings layer's one table.
#pragma once

#include <chrono>

#include "scsimpath/iopolicy.h"
#include "scsimpath/runtime.h"

namespace scsimpath {

struct HeadSettings {
  /// `forever` stands for `queue`, 0 for `fail`.
  static constexpr Duration forever = Duration::max();

  IoPolicy iopolicy = IoPolicy::numa;
  Duration no_path_timeout = std::chrono::seconds(30);
  Duration io_timeout = std::chrono::seconds(10);
  Duration checker_interval = std::chrono::seconds(5);
  bool exclusive = false;
  Duration ghost_timeout = std::chrono::seconds(120);

  bool operator==(const HeadSettings&) const = default;
};

}  // namespace scsimpath
