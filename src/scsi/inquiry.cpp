// SPDX-License-Identifier: LGPL-2.1-or-later
// Standard INQUIRY data, the list of VPD pages and the unit serial number.
#include "inquiry.h"

#include <fmt/format.h>
#include <scsi/sg_unaligned.h>

#include <algorithm>
#include <cerrno>

namespace scsimpath::scsi {
namespace {

constexpr std::size_t vpd_header = 4;

bool is_padding(std::uint8_t byte) noexcept {
  return byte == ' ' || byte == 0;
}

std::string to_printable(ConstBytes bytes) {
  while (!bytes.empty() && is_padding(bytes.back())) bytes = bytes.first(bytes.size() - 1);
  while (!bytes.empty() && is_padding(bytes.front())) bytes = bytes.subspan(1);
  std::string text;
  text.reserve(bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '?';
  }
  return text;
}

}  // namespace

Result<Inquiry> parse_inquiry(ConstBytes bytes) {
  constexpr std::size_t header = 5;
  constexpr std::size_t shortest = 36;
  if (bytes.size() >= header) bytes = bytes.first(std::min(bytes.size(), header + bytes[4]));
  if (bytes.size() < shortest) {
    return fail(EPROTO,
                fmt::format("INQUIRY data of {} bytes, fewer than {}", bytes.size(), shortest));
  }
  return Inquiry{
      .qualifier = static_cast<std::uint8_t>(bytes[0] >> 5),
      .type = static_cast<std::uint8_t>(bytes[0] & 0x1f),
      .version = bytes[2],
      .removable = (bytes[1] & 0x80) != 0,
      .protect = (bytes[5] & 0x01) != 0,
      .tpgs = static_cast<Tpgs>((bytes[5] >> 4) & 0x03),
      .vendor = to_printable(bytes.subspan(8, 8)),
      .product = to_printable(bytes.subspan(16, 16)),
      .revision = to_printable(bytes.subspan(32, 4)),
  };
}

std::size_t vpd_length(ConstBytes bytes) noexcept {
  return bytes.size() < vpd_header ? 0 : vpd_header + sg_get_unaligned_be16(&bytes[2]);
}

Result<ConstBytes> vpd_parameters(ConstBytes bytes, VpdPage page, bool whole) {
  const auto code = static_cast<std::uint8_t>(page);
  if (bytes.size() < vpd_header) {
    return fail(EPROTO,
                fmt::format("VPD page {:02X}h of {} bytes has no header", code, bytes.size()));
  }
  if (bytes[1] != code) {
    return fail(EPROTO,
                fmt::format("VPD page {:02X}h came when {:02X}h was asked for", bytes[1], code));
  }
  const std::size_t length = vpd_length(bytes);
  if (whole && length > bytes.size()) {
    return fail(EPROTO,
                fmt::format("VPD page {:02X}h is cut: {} of {} bytes", code, bytes.size(), length));
  }
  return bytes.first(std::min(length, bytes.size())).subspan(vpd_header);
}

Result<std::vector<std::uint8_t>> parse_supported_pages(ConstBytes bytes) {
  const auto parameters = vpd_parameters(bytes, VpdPage::supported_pages, true);
  if (!parameters) return std::unexpected(parameters.error());
  return std::vector<std::uint8_t>(parameters->begin(), parameters->end());
}

Result<std::string> unit_serial(ConstBytes bytes) {
  const auto parameters = vpd_parameters(bytes, VpdPage::unit_serial, true);
  if (!parameters) return std::unexpected(parameters.error());
  return to_printable(*parameters);
}

}  // namespace scsimpath::scsi
