// SPDX-License-Identifier: LGPL-2.1-or-later
// The mode parameter header: is the medium write-protected?
#include "mode.h"

#include <fmt/format.h>
#include <scsi/sg_unaligned.h>

#include <cerrno>

namespace scsimpath::scsi {

Result<ModeHeader> parse_mode_sense_10(ConstBytes bytes) {
  constexpr std::size_t header = 8;
  constexpr std::uint16_t counted = header - 2;  // the length does not count its own field
  if (bytes.size() < header || sg_get_unaligned_be16(bytes.data()) < counted) {
    return fail(EPROTO, fmt::format("MODE SENSE data of {} bytes has no header", bytes.size()));
  }
  return ModeHeader{
      .write_protected = (bytes[3] & 0x80) != 0,
      .dpofua = (bytes[3] & 0x10) != 0,
  };
}

}  // namespace scsimpath::scsi
