// SPDX-License-Identifier: LGPL-2.1-or-later
// Names of events.
#include "uevent.h"

#include "scsi_device.h"
#include "text.h"

namespace scsimpath::discovery {

namespace {

Hint hint_of(std::string_view unit_attention) {
  // A thin provisioning threshold is no change of the path.
  if (unit_attention == "INQUIRY_DATA_HAS_CHANGED" ||
      unit_attention == "REPORTED_LUNS_DATA_HAS_CHANGED" ||
      unit_attention == "POWER_ON_RESET_OCCURRED") {
    return Hint::identify;
  }
  if (unit_attention == "CAPACITY_DATA_HAS_CHANGED" ||
      unit_attention == "ASYMMETRIC_ACCESS_STATE_CHANGED" ||
      unit_attention == "MODE_PARAMETERS_CHANGED") {
    return Hint::check;
  }
  return Hint::none;
}

}  // namespace

std::optional<Change> interpret(std::string_view devpath, std::string_view unit_attention) {
  // A device path has one such part: the disk's own folder.
  for (const std::string_view part : split(devpath, '/')) {
    if (is_device_name(part)) return Change{std::string(part), hint_of(unit_attention)};
  }
  return std::nullopt;
}

}  // namespace scsimpath::discovery
