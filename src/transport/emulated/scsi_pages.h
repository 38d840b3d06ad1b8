// SPDX-License-Identifier: LGPL-2.1-or-later
// The VPD and mode pages of an emulated disk by number.
#pragma once

#include <cstdint>

namespace scsimpath::emulated::page {

// VPD pages.
inline constexpr std::uint8_t supported = 0x00;
inline constexpr std::uint8_t serial = 0x80;
inline constexpr std::uint8_t identification = 0x83;
inline constexpr std::uint8_t limits = 0xb0;
inline constexpr std::uint8_t characteristics = 0xb1;
inline constexpr std::uint8_t provisioning = 0xb2;

// Mode pages.
inline constexpr std::uint8_t caching = 0x08;
inline constexpr std::uint8_t control = 0x0a;
inline constexpr std::uint8_t all = 0x3f;
inline constexpr std::uint8_t all_subpages = 0xff;

}  // namespace scsimpath::emulated::page
