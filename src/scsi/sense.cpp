// SPDX-License-Identifier: LGPL-2.1-or-later
// The one decoder of sense data, on libsgutils2.
#include "sense.h"

#include <fmt/format.h>
#include <scsi/sg_lib.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace scsimpath::scsi {
namespace {

constexpr std::uint8_t deferred_fixed = 0x71;
constexpr std::uint8_t descriptor = 0x72;
constexpr std::uint8_t deferred_descriptor = 0x73;

/// The library reads the whole field once it has seen its first byte, so that a cut one must not
/// reach it.
bool has_whole_information(ConstBytes bytes, bool is_descriptor) noexcept {
  if (!is_descriptor) return bytes.size() >= 7;
  constexpr int information_type = 0;
  constexpr std::ptrdiff_t whole = 12;
  const auto* found =
      sg_scsi_sense_desc_find(bytes.data(), static_cast<int>(bytes.size()), information_type);
  return found != nullptr && bytes.data() + bytes.size() - found >= whole;
}

}  // namespace

Sense decode_sense(ConstBytes bytes) noexcept {
  // No sense data is longer: 8 bytes and what one byte can count.
  constexpr std::size_t longest = 8 + 255;
  bytes = bytes.first(std::min(bytes.size(), longest));
  const int length = static_cast<int>(bytes.size());

  sg_scsi_sense_hdr header{};
  if (!sg_scsi_normalize_sense(bytes.data(), length, &header)) return {};
  const bool is_descriptor = header.response_code >= descriptor;
  const int key_end = is_descriptor ? 2 : 3;
  if (length < key_end) return {};

  Sense sense{
      .valid = true,
      .deferred =
          header.response_code == deferred_fixed || header.response_code == deferred_descriptor,
      .key = header.sense_key,
      .asc = header.asc,
      .ascq = header.ascq,
      .information = std::nullopt,
  };
  std::uint64_t information = 0;
  if (has_whole_information(bytes, is_descriptor) &&
      sg_get_sense_info_fld(bytes.data(), length, &information)) {
    sense.information = information;
  }
  return sense;
}

std::string to_text(const Sense& sense) {
  if (!sense.valid) return "no sense data";
  std::array<char, 128> key{};
  sg_get_sense_key_str(sense.key, static_cast<int>(key.size()), key.data());
  std::array<char, 256> code{};
  sg_get_asc_ascq_str(sense.asc, sense.ascq, static_cast<int>(code.size()), code.data());

  std::string_view text = code.data();
  constexpr std::string_view prefix = "Additional sense: ";
  if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  return fmt::format("{}{}: {} ({:X}/{:02X}/{:02X})", sense.deferred ? "deferred " : "", key.data(),
                     text, sense.key, sense.asc, sense.ascq);
}

}  // namespace scsimpath::scsi
