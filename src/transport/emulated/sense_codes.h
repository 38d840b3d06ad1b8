// SPDX-License-Identifier: LGPL-2.1-or-later
// What the emulated unit has to complain about (SPC-5 annex F).
#pragma once

#include <cstdint>
#include <optional>

#include "fault.h"
#include "scsimpath/command.h"

namespace scsimpath::emulated {

/// Fixed format; `information` where 32 bits hold it.
void put_sense(CommandResult& result, SenseCode code,
               std::optional<std::uint64_t> information = std::nullopt) noexcept;

}  // namespace scsimpath::emulated

namespace scsimpath::emulated::complaint {

inline constexpr SenseCode transitioning{0x2, 0x04, 0x0a};
inline constexpr SenseCode standby{0x2, 0x04, 0x0b};
inline constexpr SenseCode unavailable{0x2, 0x04, 0x0c};
inline constexpr SenseCode offline{0x2, 0x04, 0x12};
inline constexpr SenseCode write_error{0x3, 0x0c, 0x00};
inline constexpr SenseCode unrecovered_read{0x3, 0x11, 0x00};
inline constexpr SenseCode internal_failure{0x4, 0x44, 0x00};
inline constexpr SenseCode list_length_error{0x5, 0x1a, 0x00};
inline constexpr SenseCode invalid_opcode{0x5, 0x20, 0x00};
inline constexpr SenseCode out_of_range{0x5, 0x21, 0x00};
inline constexpr SenseCode invalid_field{0x5, 0x24, 0x00};
inline constexpr SenseCode invalid_list_field{0x5, 0x26, 0x00};
inline constexpr SenseCode saving_not_supported{0x5, 0x39, 0x00};
inline constexpr SenseCode power_on{0x6, 0x29, 0x00};
inline constexpr SenseCode access_state_changed{0x6, 0x2a, 0x06};
inline constexpr SenseCode write_protected{0x7, 0x27, 0x00};
inline constexpr SenseCode space_exhausted{0x7, 0x27, 0x07};

}  // namespace scsimpath::emulated::complaint
