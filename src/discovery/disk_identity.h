// SPDX-License-Identifier: LGPL-2.1-or-later
// Whose disk a device is, as the device itself tells.
#pragma once

#include <string>

#include "look.h"
#include "scsimpath/result.h"

namespace scsimpath::discovery {

struct DiskIdentity {
  std::string wwid;  ///< empty: it has none
  std::string vendor;
  std::string product;
  bool weak = false;      ///< the WWID is one that different disks may share
  bool has_alua = false;  ///< TPGS
};

/// Reads the answers. ENOMEDIUM: there is no disk behind the device now. EBADMSG: an answer is
/// damaged. EIO: the device has not given its id, but may yet.
[[nodiscard]] Result<DiskIdentity> identify(const sg::FirstLook& look);

}  // namespace scsimpath::discovery
