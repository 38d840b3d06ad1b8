// SPDX-License-Identifier: LGPL-2.1-or-later
// The flush before the program ends.
#pragma once

#include "service.h"

namespace scsimpath::fuse {

/// Flushes every head that was changed and waits for it. No request may be with a head,
/// and heads must not hold any more: it ends with the devices' time limit.
void flush_at_end(Service& service) noexcept;

}  // namespace scsimpath::fuse
