// SPDX-License-Identifier: LGPL-2.1-or-later
// What the configuration says of each head, by WWID, now and after it was read again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "configuration.h"
#include "mutex.h"
#include "scsimpath/registry.h"

namespace scsimpath::daemon {

/// Any thread.
class Profiles {
 public:
  /// `disk_wwids` are those of the configuration's disks, in its order.
  Profiles(settings::Configuration configuration, std::vector<std::string> disk_wwids);

  [[nodiscard]] HeadProfile find(std::string_view wwid) const;

  /// What a configuration would make of a head, were it in force.
  [[nodiscard]] HeadProfile preview(const settings::Configuration& next,
                                    std::string_view wwid) const;

  [[nodiscard]] settings::Configuration configuration() const;
  void replace(settings::Configuration next);

 private:
  struct Disk {
    std::string image;
    std::string wwid;
  };
  [[nodiscard]] HeadProfile profile(const settings::Configuration& configuration,
                                    std::string_view wwid) const;

  std::vector<Disk> disks_;  // constant
  mutable Mutex mutex_;      // a leaf
  settings::Configuration configuration_ GUARDED_BY(mutex_);
};

}  // namespace scsimpath::daemon
