// SPDX-License-Identifier: LGPL-2.1-or-later
// Small helpers for text.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scsimpath {

/// Without spaces, tabs and line ends on both sides.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// The pieces between separators: one more than there are separators.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// The pieces joined with a separator.
[[nodiscard]] std::string join(const std::vector<std::string>& pieces, std::string_view separator);

/// A name that can stand in a folder and in UTF-8 text: `/`, `\`, control characters, bytes that
/// are not UTF-8 and a leading dot become `\xNN`.
[[nodiscard]] std::string escape_file_name(std::string_view name);

/// `512 B`, `1 GiB`, `1.5 TiB`: the largest unit that leaves at least 1, with one digit after the
/// point where it is not whole.
[[nodiscard]] std::string format_size(std::uint64_t bytes);

/// `4096`, `1KiB` … `2TiB`: whole numbers of bytes or of units, no spaces. Nothing when it is not
/// that or too large.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

/// The whole text as a number, or nothing: no sign but a minus of signed types, no spaces.
template <std::integral T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text, int base = 10) noexcept {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc() || stop != end || text.empty()) return std::nullopt;
  return value;
}

/// `00 1f a0`.
[[nodiscard]] std::string to_hex(const std::uint8_t* bytes, std::size_t count);

}  // namespace scsimpath
