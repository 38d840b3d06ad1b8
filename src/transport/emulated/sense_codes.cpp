// SPDX-License-Identifier: LGPL-2.1-or-later
// Sense data as the unit sends it.
#include "sense_codes.h"

#include <algorithm>
#include <limits>

namespace scsimpath::emulated {

void put_sense(CommandResult& result, SenseCode code,
               std::optional<std::uint64_t> information) noexcept {
  constexpr std::uint8_t fixed_format = 0x70;
  constexpr std::uint8_t information_valid = 0x80;
  constexpr std::uint8_t length = 18;
  std::fill_n(result.sense.begin(), length, std::uint8_t{0});
  result.sense[0] = fixed_format;
  if (information && *information <= std::numeric_limits<std::uint32_t>::max()) {
    result.sense[0] |= information_valid;
    for (unsigned i = 0; i < 4; ++i) {
      result.sense[3 + i] = static_cast<std::uint8_t>(*information >> (24 - 8 * i));
    }
  }
  result.sense[2] = code.key;
  result.sense[7] = length - 8;
  result.sense[12] = code.asc;
  result.sense[13] = code.ascq;
  result.sense_length = length;
}

}  // namespace scsimpath::emulated
