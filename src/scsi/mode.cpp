// SPDX-License-Identifier: LGPL-2.1-or-later
// Mode parameters: is the medium write-protected, is there a write cache?
#include "mode.h"

#include <fmt/format.h>
#include <scsi/sg_unaligned.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace scsimpath::scsi {

namespace {

constexpr std::size_t header_size = 8;

/// WCE, when the page is there whole up to it (SPC-5 7.5.8, SBC-4 6.5.5).
std::optional<bool> find_write_cache(ConstBytes pages) noexcept {
  constexpr std::uint8_t subpage_format = 0x40;
  constexpr std::uint8_t page_code = 0x3f;
  constexpr std::uint8_t wce = 0x04;
  while (pages.size() >= 4) {
    const bool is_subpage = (pages[0] & subpage_format) != 0;
    const std::size_t size =
        is_subpage ? 4U + sg_get_unaligned_be16(&pages[2]) : std::size_t{2} + pages[1];
    if (!is_subpage && (pages[0] & page_code) == mode_page_caching && size > 2) {
      return (pages[2] & wce) != 0;
    }
    if (size > pages.size()) break;
    pages = pages.subspan(size);
  }
  return std::nullopt;
}

}  // namespace

Result<ModeData> parse_mode_sense_10(ConstBytes bytes) {
  constexpr std::uint16_t counted = header_size - 2;  // the length does not count its own field
  const bool has_header = bytes.size() >= header_size;
  if (!has_header || sg_get_unaligned_be16(bytes.data()) < counted) {
    return fail(EPROTO, fmt::format("MODE SENSE data of {} bytes has no header", bytes.size()));
  }
  ModeData mode{
      .write_protected = (bytes[3] & 0x80) != 0,
      .dpofua = (bytes[3] & 0x10) != 0,
      .write_cache = std::nullopt,
  };
  const std::size_t told = std::size_t{2} + sg_get_unaligned_be16(bytes.data());
  const ConstBytes whole = bytes.first(std::min(told, bytes.size()));
  const std::size_t descriptors = sg_get_unaligned_be16(&bytes[6]);
  if (whole.size() >= header_size + descriptors) {
    mode.write_cache = find_write_cache(whole.subspan(header_size + descriptors));
  }
  return mode;
}

}  // namespace scsimpath::scsi
