// SPDX-License-Identifier: LGPL-2.1-or-later
// Spans of raw bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace scsimpath {

using Bytes = std::span<std::uint8_t>;
using ConstBytes = std::span<const std::uint8_t>;

}  // namespace scsimpath
