// SPDX-License-Identifier: LGPL-2.1-or-later
// What stat(2) says of a node.
#pragma once

#include <sys/stat.h>

#include <ctime>

#include "session.h"
#include "tree.h"

namespace scsimpath::fuse {

[[nodiscard]] struct stat attributes(const Node& node, const Options& options, std::time_t mounted);

}  // namespace scsimpath::fuse
