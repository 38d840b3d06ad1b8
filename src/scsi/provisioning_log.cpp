// SPDX-License-Identifier: LGPL-2.1-or-later
// The Logical Block Provisioning log page: how much of a thin disk has space.
#include "provisioning_log.h"

#include <scsi/sg_unaligned.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace scsimpath::scsi {

Result<std::uint32_t> parse_used_resources(ConstBytes bytes) {
  constexpr std::size_t header = 4;
  constexpr std::uint8_t page_code = 0x3f;
  constexpr std::uint16_t used = 0x0002;
  if (bytes.size() < header || (bytes[0] & page_code) != log_page_provisioning) {
    return fail(EPROTO, "this is no logical block provisioning log page");
  }
  const std::size_t told = header + std::size_t{sg_get_unaligned_be16(&bytes[2])};
  ConstBytes left = bytes.first(std::min(told, bytes.size())).subspan(header);
  while (left.size() >= header) {
    const std::size_t size = header + std::size_t{left[3]};
    if (size > left.size()) break;
    if (sg_get_unaligned_be16(&left[0]) == used && size >= header + 4) {
      return sg_get_unaligned_be32(&left[4]);
    }
    left = left.subspan(size);
  }
  return fail(ENODATA, "the disk does not tell how much space is used");
}

}  // namespace scsimpath::scsi
