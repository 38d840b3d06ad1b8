// SPDX-License-Identifier: LGPL-2.1-or-later
// `.scsimpath/metrics`.
#pragma once

#include <string>
#include <vector>

#include "scsimpath/head.h"

namespace scsimpath::fuse {

/// The Prometheus text format.
[[nodiscard]] std::string metrics_text(const std::vector<HeadStatus>& heads);

}  // namespace scsimpath::fuse
