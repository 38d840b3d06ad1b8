// SPDX-License-Identifier: LGPL-2.1-or-later
// VPD page 83h: which logical unit this is, and through which port it is seen.
#include "device_identification.h"

#include <fmt/format.h>
#include <scsi/sg_unaligned.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "inquiry.h"

namespace scsimpath::scsi {
namespace {

enum class CodeSet : std::uint8_t { binary = 1, ascii = 2, utf8 = 3 };
enum class Association : std::uint8_t { logical_unit = 0, target_port = 1, target_device = 2 };
enum class Type : std::uint8_t {
  t10_vendor_id = 1,
  eui_64 = 2,
  naa = 3,
  relative_target_port = 4,
  target_port_group = 5,
  scsi_name = 8,
};

struct Designator {
  CodeSet code_set;
  Association association;
  Type type;
  ConstBytes identifier;
};

bool is_printable(std::uint8_t byte) noexcept {
  return byte >= 0x20 && byte < 0x7f;
}

std::string to_hex(std::string_view prefix, ConstBytes bytes) {
  std::string text(prefix);
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

/// Different bytes give different texts; only the padding at the end is no part of a name.
std::string to_name(std::string_view prefix, ConstBytes bytes) {
  while (!bytes.empty() && (bytes.back() == 0 || bytes.back() == ' ')) {
    bytes = bytes.first(bytes.size() - 1);
  }
  if (bytes.empty()) return {};
  std::string text(prefix);
  for (const std::uint8_t byte : bytes) {
    if (is_printable(byte) && byte != '\\') {
      text += static_cast<char>(byte);
    } else {
      text += fmt::format("\\x{:02x}", byte);
    }
  }
  return text;
}

/// The higher, the better; 0: no unique name.
int priority(const Designator& designator) noexcept {
  const std::size_t size = designator.identifier.size();
  switch (designator.type) {
    case Type::scsi_name: {
      if (designator.code_set != CodeSet::utf8 || size < 4) return 0;
      const std::string_view start(reinterpret_cast<const char*>(designator.identifier.data()), 4);
      return start == "naa." || start == "eui." || start == "iqn." ? 9 : 0;
    }
    case Type::naa: {
      if (designator.code_set != CodeSet::binary || size < 8) return 0;
      const int authority = designator.identifier[0] >> 4;
      if (authority == 6) return size == 16 ? 8 : 0;
      if (size != 8) return 0;
      if (authority == 5) return 5;
      if (authority == 4) return 4;
      return authority == 3 ? 1 : 0;
    }
    case Type::eui_64:
      if (designator.code_set != CodeSet::binary) return 0;
      if (size == 16) return 7;
      if (size == 12) return 6;
      return size == 8 ? 3 : 0;
    case Type::t10_vendor_id:
      return 1;
    case Type::relative_target_port:
    case Type::target_port_group:
      return 0;
  }
  return 0;
}

std::string name(const Designator& designator) {
  switch (designator.type) {
    case Type::scsi_name:
      return to_name("", designator.identifier);
    case Type::naa:
      return to_hex("naa.", designator.identifier);
    case Type::eui_64:
      return to_hex("eui.", designator.identifier);
    case Type::t10_vendor_id:
      return to_name("t10.", designator.identifier);
    case Type::relative_target_port:
    case Type::target_port_group:
      break;
  }
  return {};
}

/// The 16-bit number in a designator of the port the page was read through.
std::optional<std::uint16_t> port_number(const Designator& designator, Type type) noexcept {
  if (designator.association != Association::target_port || designator.type != type ||
      designator.code_set != CodeSet::binary || designator.identifier.size() != 4) {
    return std::nullopt;
  }
  return sg_get_unaligned_be16(&designator.identifier[2]);
}

}  // namespace

Result<DeviceIdentification> parse_device_identification(ConstBytes bytes) {
  constexpr std::size_t header = 4;
  auto parameters = vpd_parameters(bytes, VpdPage::device_identification, true);
  if (!parameters) return std::unexpected(parameters.error());

  DeviceIdentification found;
  int best = 0;
  for (ConstBytes rest = *parameters; !rest.empty();) {
    if (rest.size() < header || rest.size() - header < rest[3]) {
      return fail(EPROTO, "a designator of VPD page 83h reaches beyond the page");
    }
    const Designator designator{
        .code_set = static_cast<CodeSet>(rest[0] & 0x0f),
        .association = static_cast<Association>((rest[1] >> 4) & 0x03),
        .type = static_cast<Type>(rest[1] & 0x0f),
        .identifier = rest.subspan(header, rest[3]),
    };
    rest = rest.subspan(header + rest[3]);

    if (const auto group = port_number(designator, Type::target_port_group);
        group && !found.target_port_group) {
      found.target_port_group = group;
    }
    if (const auto port = port_number(designator, Type::relative_target_port);
        port && !found.relative_target_port) {
      found.relative_target_port = port;
    }
    if (designator.association != Association::logical_unit) continue;
    // Among equals the first, so that every path of a unit arrives at the same; but a name that
    // other units may share gives way to one that they don't.
    const int rank = priority(designator);
    const bool weak = designator.type == Type::t10_vendor_id;
    if (rank > best || (rank == best && found.weak && !weak)) {
      if (std::string text = name(designator); !text.empty()) {
        best = rank;
        found.wwid = std::move(text);
        found.weak = weak;
      }
    }
  }
  return found;
}

}  // namespace scsimpath::scsi
