// SPDX-License-Identifier: LGPL-2.1-or-later
// Asks udev's database.
#include "machine.h"

#include "usage.h"

namespace scsimpath::discovery {

std::optional<Properties> Machine::properties(const ScsiDevice& device) {
  Properties properties;
  if (device.block_number == 0) return properties;
  const UdevPtr<udev_device> disk(
      udev_device_new_from_devnum(udev_.get(), 'b', device.block_number));
  // Before its rules have run the kernel's own properties are there, and none of theirs.
  if (disk == nullptr || udev_device_get_is_initialized(disk.get()) <= 0) return std::nullopt;
  for (udev_list_entry* entry = udev_device_get_properties_list_entry(disk.get()); entry != nullptr;
       entry = udev_list_entry_get_next(entry)) {
    const char* const value = udev_list_entry_get_value(entry);
    properties.emplace_back(udev_list_entry_get_name(entry), value != nullptr ? value : "");
  }
  return properties;
}

std::string Machine::user_of(const ScsiDevice& device) {
  return discovery::user_of(device, sysfs_);
}

}  // namespace scsimpath::discovery
