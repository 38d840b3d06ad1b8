// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the parsers of READ CAPACITY data.
#include "capacity.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>

namespace {

void check(const scsimpath::Result<scsimpath::scsi::Capacity>& capacity) {
  if (!capacity) return;
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  if (capacity->blocks == 0 || capacity->block_size < 512 ||
      capacity->blocks > most / capacity->block_size)
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check(scsimpath::scsi::parse_read_capacity_10({data, size}));
  check(scsimpath::scsi::parse_read_capacity_16({data, size}));
  return 0;
}
