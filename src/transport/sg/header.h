// SPDX-License-Identifier: LGPL-2.1-or-later
// Between a command and the kernel's header.
#pragma once

#include "scsimpath/command.h"
#include "sg_device.h"

namespace scsimpath::sg {

/// How much longer than a command's own timeout the kernel waits before its error handler starts.
/// Whoever sent the command has given it up by then: the error handler, which stops the whole host,
/// never races with that. The kernel takes less than 7 s (BLK_MIN_SG_TIMEOUT) for 7 s.
inline constexpr Duration kernel_grace = std::chrono::milliseconds(100);

/// The header that sends a command. Data and sense go from and to the command's own memory.
[[nodiscard]] sg_io_v4 to_header(Command& command) noexcept;

/// What came back, unchanged; the sense bytes are in the command already.
void take_result(const sg_io_v4& header, Command& command) noexcept;

}  // namespace scsimpath::sg
