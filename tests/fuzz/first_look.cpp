// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes who a disk is by its first answers: a byte that is the length of the INQUIRY data, these,
// then VPD page 83h.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "disk_identity.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint8_t* const answers = data + 1;
  const std::size_t inquiry = std::min<std::size_t>(data[0], size - 1);
  scsimpath::sg::FirstLook look;
  look.inquiry.assign(answers, answers + inquiry);
  look.identification.data.assign(answers + inquiry, data + size);
  const auto identity = scsimpath::discovery::identify(look);
  // No name that a file could not have.
  if (identity && identity->wwid.find('\0') != std::string::npos) std::abort();
  return 0;
}
