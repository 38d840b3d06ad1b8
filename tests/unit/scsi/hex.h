// SPDX-License-Identifier: LGPL-2.1-or-later
// Bytes of a captured or composed answer, written in hex.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Pairs of digits; spaces count nothing; text in quotes stands for itself: `00 83 "QEMU"`.
inline std::vector<std::uint8_t> hex(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      quoted = !quoted;
    } else if (quoted) {
      bytes.push_back(static_cast<std::uint8_t>(text[i]));
    } else if (text[i] != ' ') {
      std::size_t used = 0;
      const std::string pair(text.substr(i, 2));
      bytes.push_back(static_cast<std::uint8_t>(std::stoul(pair, &used, 16)));
      if (used != 2) throw std::invalid_argument("half a byte in a fixture");
      ++i;
    }
  }
  return bytes;
}
