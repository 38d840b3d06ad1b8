// SPDX-License-Identifier: LGPL-2.1-or-later
// Any bytes as mount options and as SOURCE; what was taken is printed and taken again.
#include "mount_options.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "source.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scsimpath;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  settings::MountOptions options;
  static_cast<void>(settings::parse_mount_options(text, options));
  HeadSettings head;
  settings::overlay(head, options.settings);
  for (const settings::Setting& setting : settings::all_settings()) {
    if (!setting.xattr) continue;
    HeadSettings again = head;
    if (!setting.apply(again, setting.print(head)) || again != head) std::abort();
  }
  static_cast<void>(settings::parse_source(text));
  return 0;
}
