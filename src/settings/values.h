// SPDX-License-Identifier: LGPL-2.1-or-later
// Texts of values: seconds, yes and no. All exact: no blanks, no signs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scsimpath/runtime.h"

namespace scsimpath::settings {

[[nodiscard]] std::optional<bool> parse_yes_no(std::string_view text) noexcept;
[[nodiscard]] std::string print_yes_no(bool value);

/// `5`, `0.25`: up to nine decimals.
[[nodiscard]] std::optional<Duration> parse_seconds(std::string_view text) noexcept;
[[nodiscard]] std::string print_seconds(Duration value);

/// Splits at commas; `\,` is a comma of the text itself, any other backslash stays as it is.
[[nodiscard]] std::vector<std::string> split_at_commas(std::string_view text);

}  // namespace scsimpath::settings
