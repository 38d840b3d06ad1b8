// SPDX-License-Identifier: LGPL-2.1-or-later
// Any text is a fault that reads back as itself, or is refused by a message of one line.
#include "fault.h"

#include <cstdlib>
#include <string_view>

using namespace scsimpath;
using namespace scsimpath::emulated;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto order = parse_fault({reinterpret_cast<const char*>(data), size});
  if (!order) {
    if (order.error().number == 0 || order.error().message.empty()) std::abort();
    return 0;
  }
  if (const auto* fault = std::get_if<Fault>(&*order)) {
    const auto again = parse_fault(to_string(*fault));
    if (!again || *again != *order) std::abort();
  }
  return 0;
}
