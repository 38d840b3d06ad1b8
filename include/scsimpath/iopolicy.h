// SPDX-License-Identifier: LGPL-2.1-or-later
// The I/O policies by name.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace scsimpath {

/// How a head chooses among its usable paths; any optimized one always beats every other.
/// - numa: the nearest to the submitting CPU's node, and then always that one
/// - round_robin: one after the other
/// - queue_depth: the one whose host port has the fewest commands in flight
enum class IoPolicy : std::uint8_t { numa, round_robin, queue_depth };

inline constexpr std::array all_iopolicies{IoPolicy::numa, IoPolicy::round_robin,
                                           IoPolicy::queue_depth};

[[nodiscard]] std::string_view to_string(IoPolicy policy) noexcept;
/// Exact names only: "Numa" or "numa " is no policy.
[[nodiscard]] std::optional<IoPolicy> parse_iopolicy(std::string_view name) noexcept;

}  // namespace scsimpath
