// SPDX-License-Identifier: LGPL-2.1-or-later
// Failures of system calls as results.
#pragma once

#include <string>

#include "scsimpath/result.h"

namespace scsimpath {

/// The system's text for an errno value. Any thread.
[[nodiscard]] std::string error_text(int number);

/// `WHAT: text of NUMBER`.
[[nodiscard]] std::unexpected<Error> system_failure(int number, const std::string& what);

}  // namespace scsimpath
