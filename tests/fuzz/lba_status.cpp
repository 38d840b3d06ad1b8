// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the reader of GET LBA STATUS data.
#include "lba_status.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  scsimpath::scsi::LbaStatusReader reader({data, size});
  std::size_t count = 0;
  while (const auto extent = reader.next()) {
    // Each takes its place in the data, is of some blocks and does not wrap.
    if (++count > size / scsimpath::scsi::LbaStatusReader::extent_size) std::abort();
    if (extent->blocks == 0 || extent->end() <= extent->lba) std::abort();
  }
  return 0;
}
