// SPDX-License-Identifier: LGPL-2.1-or-later
// The mode parameter header: is the medium write-protected?
#pragma once

#include <optional>

#include "scsimpath/bytes.h"
#include "scsimpath/result.h"

namespace scsimpath::scsi {

/// The page code that asks for all pages; the header comes with any.
inline constexpr unsigned char mode_page_all = 0x3f;
/// The caching page, which every disk has.
inline constexpr unsigned char mode_page_caching = 0x08;

struct ModeData {
  bool write_protected = false;
  bool dpofua = false;  ///< the FUA bit of READ and WRITE is understood
  /// WCE of the caching page: writes are answered before they are on the medium. Empty: not told.
  std::optional<bool> write_cache;
};

/// The answer to MODE SENSE(10), of which the header and the caching page are read.
[[nodiscard]] Result<ModeData> parse_mode_sense_10(ConstBytes bytes);

}  // namespace scsimpath::scsi
