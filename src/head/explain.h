// SPDX-License-Identifier: LGPL-2.1-or-later
// Which path the next command would take, and why not the others.
#pragma once

#include <string>

#include "head_path.h"
#include "scsimpath/iopolicy.h"

namespace scsimpath {

/// The paths that would be taken now, null: none.
struct Choice {
  const Path* read;
  const Path* write;  ///< the same, unless writes wait or there are paths that carry none
};

/// For people. With the head's lock held.
[[nodiscard]] std::string explain_use(const Path& path, const Choice& next, IoPolicy policy,
                                      Instant now);

}  // namespace scsimpath
