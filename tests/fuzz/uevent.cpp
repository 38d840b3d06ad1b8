// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes what an event says of a device: its place in sysfs, a line end, its SDEV_UA.
#include "uevent.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "scsi_device.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = text.find('\n');
  const auto change = scsimpath::discovery::interpret(
      text.substr(0, end), end == text.npos ? std::string_view() : text.substr(end + 1));
  if (change && !scsimpath::discovery::is_device_name(change->name)) std::abort();
  return 0;
}
