// SPDX-License-Identifier: LGPL-2.1-or-later
// Who an emulated disk says it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scsimpath/result.h"

namespace scsimpath::emulated {

struct Identity {
  /// The longest text after `t10.`.
  static constexpr std::size_t max_t10 = 200;

  std::string wwid;    ///< in the form heads are keyed by
  std::string serial;  ///< of VPD page 80h
  // The designator of VPD page 83h (SPC-5 7.7.6).
  std::uint8_t code_set = 0;
  std::uint8_t type = 0;
  std::vector<std::uint8_t> designator;
};

/// `wwid` as the user gave it, EINVAL when page 83h cannot carry it; where it is empty, one derived
/// from the image's real path, so that it is the same at every mount: NAA 6 with a company id whose
/// local bit is set, which no vendor can own, and 100 bits of a hash of the path. The serial number
/// always comes from the path: two images that claim one WWID are told apart by it.
[[nodiscard]] Result<Identity> make_identity(std::string_view wwid, std::string_view real_path);

/// What make_identity would say of the WWID.
[[nodiscard]] Result<void> check_wwid(std::string_view wwid);

}  // namespace scsimpath::emulated
