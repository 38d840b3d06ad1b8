// SPDX-License-Identifier: LGPL-2.1-or-later
// The Logical Block Provisioning log page: how much of a thin disk has space (SBC-4 6.4.5).
#pragma once

#include <cstdint>

#include "scsimpath/bytes.h"
#include "scsimpath/result.h"

namespace scsimpath::scsi {

inline constexpr unsigned char log_page_provisioning = 0x0c;

/// Used LBA mapping resources, each of 2^(threshold exponent of VPD page B2h) blocks. An error when
/// the page is another one or does not tell.
[[nodiscard]] Result<std::uint32_t> parse_used_resources(ConstBytes bytes);

}  // namespace scsimpath::scsi
