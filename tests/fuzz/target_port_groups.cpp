// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the parser of REPORT TARGET PORT GROUPS data.
#include "target_port_groups.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto answer = scsimpath::scsi::parse_target_port_groups({data, size});
  if (!answer) return 0;
  std::size_t bytes = 4;
  for (const auto& group : answer->groups) {
    if (answer->find(group.group) == nullptr) std::abort();
    bytes += 8 + 4 * group.ports.size();
  }
  if (bytes > size || answer->transition_time.count() <= 0) std::abort();
  return 0;
}
