// SPDX-License-Identifier: LGPL-2.1-or-later
// Texts of values: numbers, sizes, seconds, yes and no. All exact: no blanks, no signs.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scsimpath/runtime.h"

namespace scsimpath::settings {

[[nodiscard]] std::optional<bool> parse_yes_no(std::string_view text) noexcept;
[[nodiscard]] std::string print_yes_no(bool value);

/// Digits of that base and nothing else.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text,
                                                        int base = 10) noexcept;

/// A number that fits.
template <std::unsigned_integral T>
[[nodiscard]] std::optional<T> parse_unsigned(std::string_view text, int base = 10) noexcept {
  const auto number = parse_number(text, base);
  if (!number || *number > std::numeric_limits<T>::max()) return std::nullopt;
  return static_cast<T>(*number);
}

/// Bytes, or with KiB, MiB, GiB or TiB.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

/// `5`, `0.25`: up to nine decimals.
[[nodiscard]] std::optional<Duration> parse_seconds(std::string_view text) noexcept;
[[nodiscard]] std::string print_seconds(Duration value);

/// Splits at commas; `\,` is a comma of the text itself, any other backslash stays as it is.
[[nodiscard]] std::vector<std::string> split_at_commas(std::string_view text);

}  // namespace scsimpath::settings
