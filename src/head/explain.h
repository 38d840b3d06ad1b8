// SPDX-License-Identifier: LGPL-2.1-or-later
// Which path the next command would take, and why not the others.
#pragma once

#include <string>

#include "head_path.h"
#include "scsimpath/iopolicy.h"

namespace scsimpath {

/// For people. `chosen` is the path that would be taken now, null: none. With the head's lock held.
[[nodiscard]] std::string explain_use(const Path& path, const Path* chosen, IoPolicy policy,
                                      Instant now);

}  // namespace scsimpath
