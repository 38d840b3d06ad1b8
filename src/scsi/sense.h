// SPDX-License-Identifier: LGPL-2.1-or-later
// The one decoder of sense data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "opcode.h"
#include "scsimpath/bytes.h"

namespace scsimpath::scsi {

/// What a device said went wrong (SPC-5 4.5). Where the bytes end before a field, it is 0.
struct Sense {
  /// There is a known response code and a sense key; false: the rest means nothing.
  bool valid = false;
  /// It is about an earlier command; the one it came with was not executed.
  bool deferred = false;
  std::uint8_t key = 0;
  std::uint8_t asc = 0;
  std::uint8_t ascq = 0;
  std::optional<std::uint64_t> information;

  [[nodiscard]] SenseKey sense_key() const noexcept { return static_cast<SenseKey>(key); }
  bool operator==(const Sense&) const = default;
};

/// Fixed (70h, 71h) and descriptor format (72h, 73h); any length, any content.
[[nodiscard]] Sense decode_sense(ConstBytes bytes) noexcept;

/// For people: `Unit Attention: Power on, reset, or bus device reset occurred (6/29/00)`.
[[nodiscard]] std::string to_text(const Sense& sense);

}  // namespace scsimpath::scsi
