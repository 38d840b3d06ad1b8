// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the parsers of all VPD pages; the page code in the data chooses.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "block_limits.h"
#include "device_identification.h"
#include "inquiry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scsimpath;
  const ConstBytes bytes(data, size);
  const bool cut = scsi::vpd_length(bytes) == 0 || scsi::vpd_length(bytes) > size;
  const auto identification = scsi::parse_device_identification(bytes);
  const auto serial = scsi::unit_serial(bytes);
  const auto pages = scsi::parse_supported_pages(bytes);
  // Nothing that names a unit may come from a page that is not whole.
  if (cut && (identification || serial || pages)) std::abort();
  (void)scsi::parse_block_limits(bytes);
  (void)scsi::parse_block_characteristics(bytes);
  (void)scsi::parse_logical_block_provisioning(bytes);
  return 0;
}
