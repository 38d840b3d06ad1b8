// SPDX-License-Identifier: LGPL-2.1-or-later
// Between a command and the driver's header.
#pragma once

#include "scsimpath/command.h"
#include "sg_device.h"

namespace scsimpath::sg {

/// How much longer than a command's own timeout the kernel waits before its error handler starts.
/// Whoever sent the command has given it up by then: the error handler, which stops the whole host,
/// never races with that.
inline constexpr Duration kernel_grace = std::chrono::milliseconds(100);

/// The header that sends a command. Data and sense go from and to the command's own memory.
[[nodiscard]] sg_io_hdr_t to_header(Command& command, int pack_id) noexcept;

/// A header to reap with.
[[nodiscard]] sg_io_hdr_t empty_header() noexcept;
inline constexpr int no_pack_id = -1;

/// What came back, unchanged; the sense bytes are in the command already.
void take_result(const sg_io_hdr_t& header, CommandResult& result) noexcept;

}  // namespace scsimpath::sg
