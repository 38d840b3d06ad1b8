// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the parser of the Logical Block Provisioning log page.
#include "provisioning_log.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto used = scsimpath::scsi::parse_used_resources({data, size});
  // A header, a parameter's header and its value are needed to tell anything.
  if (used && size < 12) std::abort();
  return 0;
}
