// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the parsers of standard INQUIRY data and of the mode parameter header.
#include "inquiry.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "mode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scsimpath;
  const ConstBytes bytes(data, size);
  if (const auto inquiry = scsi::parse_inquiry(bytes)) {
    if (inquiry->vendor.size() > 8 || inquiry->product.size() > 16 || inquiry->revision.size() > 4)
      std::abort();
  }
  (void)scsi::parse_mode_sense_10(bytes);
  return 0;
}
