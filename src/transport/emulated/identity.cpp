// SPDX-License-Identifier: LGPL-2.1-or-later
// WWIDs as text and as designators.
#include "identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "text.h"

namespace scsimpath::emulated {
namespace {

constexpr std::uint8_t code_set_binary = 1;
constexpr std::uint8_t code_set_ascii = 2;
constexpr std::uint8_t type_t10 = 1;
constexpr std::uint8_t type_eui = 2;
constexpr std::uint8_t type_naa = 3;

/// 64 bits of FNV-1a; a finalizer spreads the last bytes over all of them. Never change this: disks
/// would change their names.
std::uint64_t hash(std::string_view text, std::uint64_t seed) noexcept {
  std::uint64_t value = seed;
  for (const char c : text) {
    value ^= static_cast<std::uint8_t>(c);
    value *= 0x100000001b3;
  }
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccd;
  value ^= value >> 33;
  return value;
}

constexpr std::uint64_t seed_high = 0xcbf29ce484222325;
constexpr std::uint64_t seed_low = 0x9ae16a3b2f90404f;
constexpr std::uint64_t seed_serial = 0xc949d7c7509e6557;

std::string derived_wwid(std::string_view real_path) {
  constexpr std::uint32_t local_company_id = 0x025350;
  constexpr std::uint64_t low_36_bits = (std::uint64_t{1} << 36) - 1;
  return fmt::format("naa.6{:06x}{:09x}{:016x}", local_company_id,
                     hash(real_path, seed_high) & low_36_bits, hash(real_path, seed_low));
}

std::optional<std::vector<std::uint8_t>> parse_hex(std::string_view digits) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t at = 0; at + 2 <= digits.size(); at += 2) {
    const auto byte = parse_number<std::uint8_t>(digits.substr(at, 2), 16);
    if (!byte) return std::nullopt;
    bytes.push_back(*byte);
  }
  if (digits.size() % 2 != 0) return std::nullopt;
  return bytes;
}

std::unexpected<Error> bad_wwid(std::string_view wwid, std::string_view why) {
  return fail(EINVAL, fmt::format("wwid={}: {}", wwid, why));
}

Result<Identity> parse_naa(std::string_view wwid, std::string_view digits) {
  const auto bytes = parse_hex(digits);
  const std::size_t wanted = digits.starts_with('6') ? 32 : 16;
  const bool known_format = !digits.empty() && std::string_view("356").contains(digits[0]);
  if (!bytes || !known_format || digits.size() != wanted) {
    return bad_wwid(wwid,
                    "after naa. come 32 hexadecimal digits that begin with 6, or 16 that begin "
                    "with 3 or 5");
  }
  return Identity{"", "", code_set_binary, type_naa, *bytes};
}

Result<Identity> parse_eui(std::string_view wwid, std::string_view digits) {
  const auto bytes = parse_hex(digits);
  if (!bytes || (bytes->size() != 8 && bytes->size() != 12 && bytes->size() != 16)) {
    return bad_wwid(wwid, "after eui. come 16, 24 or 32 hexadecimal digits");
  }
  return Identity{"", "", code_set_binary, type_eui, *bytes};
}

Result<Identity> parse_t10(std::string_view wwid, std::string_view text) {
  constexpr std::size_t vendor_width = 8;
  const bool printable = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  if (!printable || text.size() <= vendor_width || text.size() > Identity::max_t10 ||
      text.front() == ' ' || text.back() == ' ') {
    return bad_wwid(wwid,
                    "after t10. come a vendor of 8 and a name of 1 to 192 printable characters");
  }
  return Identity{"", "", code_set_ascii, type_t10, {text.begin(), text.end()}};
}

Result<Identity> parse_wwid(std::string_view wwid) {
  const std::string_view rest = wwid.substr(std::min<std::size_t>(wwid.size(), 4));
  if (wwid.starts_with("naa.")) return parse_naa(wwid, rest);
  if (wwid.starts_with("eui.")) return parse_eui(wwid, rest);
  if (wwid.starts_with("t10.")) return parse_t10(wwid, rest);
  return bad_wwid(wwid, "a WWID begins with naa., eui. or t10.");
}

}  // namespace

Result<Identity> make_identity(std::string_view wwid, std::string_view real_path) {
  const std::string chosen = wwid.empty() ? derived_wwid(real_path) : std::string(wwid);
  auto identity = parse_wwid(chosen);
  if (!identity) return identity;
  identity->wwid = chosen;
  if (identity->code_set == code_set_binary) {
    std::ranges::transform(chosen, identity->wwid.begin(), [](char c) {
      return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    });
  }
  identity->serial = fmt::format("{:016x}", hash(real_path, seed_serial));
  return identity;
}

Result<void> check_wwid(std::string_view wwid) {
  if (wwid.empty()) return {};
  if (auto identity = parse_wwid(wwid); !identity) return std::unexpected(identity.error());
  return {};
}

}  // namespace scsimpath::emulated
