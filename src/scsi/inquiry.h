// SPDX-License-Identifier: LGPL-2.1-or-later
// Standard INQUIRY data, the list of VPD pages and the unit serial number.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scsimpath/bytes.h"
#include "scsimpath/result.h"

namespace scsimpath::scsi {

/// The TPGS field: how access states of port groups change.
enum class Tpgs : std::uint8_t { none = 0, implicit = 1, explicit_ = 2, both = 3 };

/// SPC-5 6.6.2. Texts are without the padding; bytes that are not printable ASCII became `?`.
struct Inquiry {
  static constexpr std::uint16_t allocation = 96;
  static constexpr std::uint8_t disk_type = 0x00;

  std::uint8_t qualifier = 0;  ///< 0: connected; 1: could be; 3: never
  std::uint8_t type = 0;
  std::uint8_t version = 0;
  bool removable = false;
  bool protect = false;
  Tpgs tpgs = Tpgs::none;
  std::string vendor;
  std::string product;
  std::string revision;

  [[nodiscard]] bool is_connected_disk() const noexcept {
    return qualifier == 0 && type == disk_type;
  }
};

[[nodiscard]] Result<Inquiry> parse_inquiry(ConstBytes bytes);

enum class VpdPage : std::uint8_t {
  supported_pages = 0x00,
  unit_serial = 0x80,
  device_identification = 0x83,
  block_limits = 0xb0,
  block_characteristics = 0xb1,
  logical_block_provisioning = 0xb2,
};

/// The parameters of a VPD page, after its header and not beyond its length. An error when it is
/// another page or, with `whole`, when bytes are missing.
[[nodiscard]] Result<ConstBytes> vpd_parameters(ConstBytes bytes, VpdPage page, bool whole);

/// What a VPD page says its whole length is, header included; 0 when there is no header. More than
/// was asked for: ask again.
[[nodiscard]] std::size_t vpd_length(ConstBytes bytes) noexcept;

/// Page 00h.
[[nodiscard]] Result<std::vector<std::uint8_t>> parse_supported_pages(ConstBytes bytes);
/// Page 80h; never shortened but for the padding.
[[nodiscard]] Result<std::string> unit_serial(ConstBytes bytes);

}  // namespace scsimpath::scsi
