// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints the one table of settings for the test of the manual pages: kind, name, default, whether
// it is a flag; blank-separated by tabs.
#include <fmt/format.h>

#include "emulated_disk.h"
#include "table.h"

int main() {
  using namespace scsimpath::settings;
  for (const Setting& setting : all_settings()) {
    fmt::print("{}\t{}\t{}\t{}\n", setting.xattr ? "head" : "mount", setting.name,
               setting.default_text, setting.flag ? "flag" : "value");
  }
  for (const DiskKey& key : all_disk_keys()) {
    fmt::print("disk\t{}\t{}\t{}\n", key.name, key.default_text, key.flag ? "flag" : "value");
  }
}
