// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes the process fit to serve the disk that its own memory may be written out to.
#pragma once

#include <string>

namespace scsimpath::daemon {

/// Locks memory, marks the process as one that serves I/O, keeps the OOM killer away. Before any
/// other thread starts: the mark is per thread and inherited. Returns what the process had no
/// privilege for, in one sentence; empty when all was done.
[[nodiscard]] std::string harden_process();

}  // namespace scsimpath::daemon
