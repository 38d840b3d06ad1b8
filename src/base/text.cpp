// SPDX-License-Identifier: LGPL-2.1-or-later
// Small helpers for text.
#include "text.h"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace scsimpath {

namespace {

constexpr std::array<std::string_view, 7> units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

/// How many bytes from here on are one well-formed UTF-8 character; 0 when they are none.
std::size_t utf8_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  // The second byte's bounds leave out overlong forms, surrogates and what is past U+10FFFF.
  unsigned low = 0x80;
  unsigned high = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) {
    length = 2;
  } else if (first >= 0xe0 && first <= 0xef) {
    length = 3;
    if (first == 0xe0) low = 0xa0;
    if (first == 0xed) high = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    length = 4;
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f;
  } else {
    return 0;
  }
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  return length;
}

}  // namespace

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view space = " \t\r\n";
  const auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const auto end = text.find(separator);
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::string join(const std::vector<std::string>& pieces, std::string_view separator) {
  return fmt::format("{}", fmt::join(pieces, separator));
}

std::string escape_file_name(std::string_view name) {
  std::string escaped;
  escaped.reserve(name.size());
  std::size_t at = 0;
  while (at < name.size()) {
    const auto byte = static_cast<unsigned char>(name[at]);
    const std::size_t length = utf8_length(name.substr(at));
    const bool plain = length > 0 && byte >= 0x20 && byte != 0x7f && byte != '/' && byte != '\\' &&
                       !(at == 0 && byte == '.');
    if (plain)
      escaped.append(name.substr(at, length));
    else
      escaped += fmt::format("\\x{:02x}", byte);
    at += plain ? length : 1;
  }
  return escaped;
}

std::string format_size(std::uint64_t bytes) {
  std::size_t unit = 0;
  while (unit + 1 < units.size() && (bytes >> (10 * (unit + 1))) != 0) ++unit;
  const std::uint64_t one = std::uint64_t{1} << (10 * unit);
  if (bytes % one == 0) return fmt::format("{} {}", bytes >> (10 * unit), units[unit]);
  // Rounded down, so that a size never looks larger than it is.
  const std::uint64_t tenths = bytes % one * 10 / one;
  return fmt::format("{}.{} {}", bytes / one, tenths, units[unit]);
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_number<std::uint64_t>(text.substr(0, digits));
  if (!number) return std::nullopt;
  const std::string_view suffix = text.substr(digits);
  if (suffix.empty()) return number;
  for (std::size_t unit = 1; unit < units.size(); ++unit) {
    if (suffix != units[unit]) continue;
    if (*number > std::numeric_limits<std::uint64_t>::max() >> (10 * unit)) return std::nullopt;
    return *number << (10 * unit);
  }
  return std::nullopt;
}

std::string to_hex(const std::uint8_t* bytes, std::size_t count) {
  return fmt::format("{:02x}", fmt::join(bytes, bytes + count, " "));
}

}  // namespace scsimpath
