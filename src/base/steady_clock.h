// SPDX-License-Identifier: LGPL-2.1-or-later
// The real clock.
#pragma once

#include "scsimpath/runtime.h"

namespace scsimpath {

class SteadyClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override { return std::chrono::steady_clock::now(); }
};

}  // namespace scsimpath
