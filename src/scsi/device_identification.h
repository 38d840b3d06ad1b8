// SPDX-License-Identifier: LGPL-2.1-or-later
// VPD page 83h: which logical unit this is, and through which port it is seen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "scsimpath/bytes.h"
#include "scsimpath/result.h"

namespace scsimpath::scsi {

struct DeviceIdentification {
  /// The best unique name of the logical unit, whole: `naa.` or `eui.` and lower-case hex digits,
  /// `t10.` and text, or a SCSI name string as it is. Empty: it has none.
  std::string wwid;
  /// The name is a T10 vendor id, which different units may share.
  bool weak = false;
  std::optional<std::uint16_t> target_port_group;
  std::optional<std::uint16_t> relative_target_port;
};

/// An error when the page is not whole or a designator does not fit it: a shortened identity must
/// not pass for another unit's.
[[nodiscard]] Result<DeviceIdentification> parse_device_identification(ConstBytes bytes);

}  // namespace scsimpath::scsi
