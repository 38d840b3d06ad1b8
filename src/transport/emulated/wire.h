// SPDX-License-Identifier: LGPL-2.1-or-later
// Big-endian fields of CDBs, and parameter data put together field by field.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "scsimpath/bytes.h"

namespace scsimpath::emulated {

/// The length that the group code in an opcode gives (SPC-5 4.2.5); 0: no group we know.
[[nodiscard]] constexpr std::uint8_t cdb_length(std::uint8_t opcode) noexcept {
  switch (opcode >> 5) {
    case 0:
      return 6;
    case 1:
    case 2:
      return 10;
    case 4:
      return 16;
    case 5:
      return 12;
    default:
      return 0;
  }
}

template <unsigned Width>
[[nodiscard]] constexpr std::uint64_t get(const std::uint8_t* field) noexcept {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < Width; ++i) value = value << 8 | field[i];
  return value;
}

/// Grows at its end; what was left out is 0. The largest answer fits (see max_paths, max_t10).
class ParameterData {
 public:
  static constexpr std::size_t capacity = 1024;

  void u8(std::uint64_t value) noexcept { put(value, 1); }
  void u16(std::uint64_t value) noexcept { put(value, 2); }
  void u24(std::uint64_t value) noexcept { put(value, 3); }
  void u32(std::uint64_t value) noexcept { put(value, 4); }
  void u64(std::uint64_t value) noexcept { put(value, 8); }
  void zeros(std::size_t count) noexcept { grow(count); }
  void bytes(ConstBytes source) noexcept { std::ranges::copy(source, grow(source.size())); }
  /// Padded with blanks to `width`.
  void text(std::string_view text, std::size_t width) noexcept {
    std::uint8_t* to = grow(width);
    std::fill_n(to, width, static_cast<std::uint8_t>(' '));
    std::copy_n(text.begin(), std::min(width, text.size()), to);
  }

  /// Puts the number of bytes after the field into it.
  void close_length(std::size_t at, unsigned width) noexcept {
    store(&bytes_[at], size_ - at - width, width);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] ConstBytes view() const noexcept { return {bytes_.data(), size_}; }

 private:
  static void store(std::uint8_t* field, std::uint64_t value, unsigned width) noexcept {
    for (unsigned i = width; i-- > 0; value >>= 8) field[i] = static_cast<std::uint8_t>(value);
  }
  void put(std::uint64_t value, unsigned width) noexcept { store(grow(width), value, width); }
  std::uint8_t* grow(std::size_t count) noexcept {
    assert(count <= capacity - size_);
    std::uint8_t* at = bytes_.data() + size_;
    size_ += count;
    return at;
  }

  std::array<std::uint8_t, capacity> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace scsimpath::emulated
