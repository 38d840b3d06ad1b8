// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads and prints seconds, yes or no and lists.
#include "values.h"

#include <fmt/format.h>

#include <cstdint>

#include "text.h"

namespace scsimpath::settings {

std::optional<bool> parse_yes_no(std::string_view text) noexcept {
  if (text == "yes") return true;
  if (text == "no") return false;
  return std::nullopt;
}

std::string print_yes_no(bool value) {
  return value ? "yes" : "no";
}

std::optional<Duration> parse_seconds(std::string_view text) noexcept {
  constexpr std::size_t max_decimals = 9;
  // What a Duration can hold with room for sums; every range in the table is far below.
  constexpr std::uint64_t max_seconds = 4'000'000'000;

  const std::size_t point = text.find('.');
  const auto whole = parse_number<std::uint64_t>(text.substr(0, point));
  if (!whole || *whole > max_seconds) return std::nullopt;
  std::uint64_t nanoseconds = 0;
  if (point != std::string_view::npos) {
    const std::string_view decimals = text.substr(point + 1);
    const auto fraction = parse_number<std::uint64_t>(decimals);
    if (!fraction || decimals.size() > max_decimals) return std::nullopt;
    nanoseconds = *fraction;
    for (std::size_t i = decimals.size(); i < max_decimals; ++i) nanoseconds *= 10;
  }
  return std::chrono::seconds(*whole) + Duration(nanoseconds);
}

std::string print_seconds(Duration value) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(value);
  std::string text = fmt::format("{}", whole.count());
  if (const auto rest = (value - whole).count(); rest != 0) {
    text += fmt::format(".{:09}", rest);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text;
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ',') {
      parts.back() += ',';
      ++i;
    } else if (text[i] == ',') {
      parts.emplace_back();
    } else {
      parts.back() += text[i];
    }
  }
  return parts;
}

}  // namespace scsimpath::settings
