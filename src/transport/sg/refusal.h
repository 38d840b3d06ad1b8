// SPDX-License-Identifier: LGPL-2.1-or-later
// What the driver's errno values mean for the commands of a path.
#pragma once

#include <cstdint>

namespace scsimpath::sg {

/// - full: the descriptor has as many commands as it takes; wait for one of them
/// - gone: the device is gone, for this descriptor for good
/// - failed: this command ends with the errno, which the outcome table judges
enum class Refusal : std::uint8_t { full, gone, failed };

/// Of handing a command over.
[[nodiscard]] Refusal classify_submit(int number) noexcept;

/// - none: no command is back
/// - repeat: ask again
/// - gone: as above; what is in flight still comes back
/// - failed: the command that came back could not be read whole
enum class NoReply : std::uint8_t { none, repeat, gone, failed };

/// Of reaping.
[[nodiscard]] NoReply classify_reap(int number) noexcept;

}  // namespace scsimpath::sg
