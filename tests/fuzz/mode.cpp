// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the parser of MODE SENSE (10) data.
#include "mode.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto mode = scsimpath::scsi::parse_mode_sense_10({data, size});
  // Byte 3 says it; without that byte nobody does.
  if (mode && mode->write_protected && (size < 4 || (data[3] & 0x80U) == 0)) std::abort();
  return 0;
}
