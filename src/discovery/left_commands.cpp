// SPDX-License-Identifier: LGPL-2.1-or-later
// Waits for them.
#include "left_commands.h"

#include <algorithm>
#include <utility>

namespace scsimpath::discovery {

bool LeftCommands::look(const ScsiDevice& device) {
  if (source_.commands_in_flight(device) == 0) return false;
  Device entry{device, source_.wwid_of(device), clock_.now(), true};
  registry_.hold_writes(entry.wwid);
  devices_.insert_or_assign(device.name, std::move(entry));
  return true;
}

void LeftCommands::learn(std::string_view name, const std::string& wwid) {
  const auto place = devices_.find(name);
  if (place == devices_.end() || !place->second.wwid.empty()) return;
  place->second.wwid = wwid;
  registry_.hold_writes(wwid);
  let_write({});
}

std::vector<std::string> LeftCommands::poll() {
  std::vector<std::string> open;
  for (auto place = devices_.begin(); place != devices_.end();) {
    Device& entry = place->second;
    const bool over = is_over(entry);
    if (entry.waits && (over || clock_.now() - entry.since >= patience_)) {
      entry.waits = false;
      open.push_back(entry.device.name);
    }
    const auto next = std::next(place);
    if (over) {
      forget(place);
    } else if (is_overdue(entry)) {
      registry_.distrust(entry.device.name,
                         "commands of an earlier process have not come back from it: it carries no "
                         "writes until it is brought back (scsimpathctl path FILE PATH running)");
      forget(place);
    }
    place = next;
  }
  return open;
}

/// A device that is gone, or is another one now, has none of them.
bool LeftCommands::is_over(const Device& entry) const {
  const auto now = source_.read(entry.device.name);
  return !now || now->incarnation != entry.device.incarnation ||
         source_.commands_in_flight(entry.device) == 0;
}

bool LeftCommands::is_overdue(const Device& entry) const {
  const Duration bound = std::max(registry_.ghost_timeout(entry.wwid), patience_);
  return bound != HeadSettings::forever && clock_.now() - entry.since >= bound;
}

void LeftCommands::forget(Devices::iterator place) {
  const std::string wwid = std::move(place->second.wwid);
  devices_.erase(place);
  let_write(wwid);
}

/// The disk's writes go on when none of its devices is left.
void LeftCommands::let_write(std::string_view wwid) {
  const bool others =
      std::ranges::any_of(devices_, [&](const auto& other) { return other.second.wwid == wwid; });
  if (!others) registry_.let_write(wwid);
}

}  // namespace scsimpath::discovery
