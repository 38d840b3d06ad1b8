// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds a head's parts of the configuration and lays them over each other.
#include "profiles.h"

#include <utility>

namespace scsimpath::daemon {

Profiles::Profiles(settings::Configuration configuration, std::vector<std::string> disk_wwids)
    : configuration_(std::move(configuration)) {
  const auto& sections = configuration_.contents.disks;
  for (std::size_t i = 0; i < sections.size() && i < disk_wwids.size(); ++i) {
    disks_.push_back({sections[i].disk.image, std::move(disk_wwids[i])});
  }
}

HeadProfile Profiles::find(std::string_view wwid) const {
  const MutexLock lock(mutex_);
  return profile(configuration_, wwid);
}

HeadProfile Profiles::preview(const settings::Configuration& next, std::string_view wwid) const {
  return profile(next, wwid);
}

settings::Configuration Profiles::configuration() const {
  const MutexLock lock(mutex_);
  return configuration_;
}

void Profiles::replace(settings::Configuration next) {
  const MutexLock lock(mutex_);
  configuration_ = std::move(next);
}

HeadProfile Profiles::profile(const settings::Configuration& configuration,
                              std::string_view wwid) const {
  HeadProfile result;
  std::vector<const settings::HeadSection*> own;
  const auto take = [&](const settings::HeadSection& section) {
    own.push_back(&section);
    if (!section.alias.empty()) result.alias = section.alias;
  };
  for (const Disk& disk : disks_) {
    if (disk.wwid != wwid) continue;
    for (const settings::DiskSection& section : configuration.contents.disks) {
      if (section.disk.image == disk.image) take(section.head);
    }
  }
  for (const settings::HeadSection& section : configuration.contents.heads) {
    if (section.wwid == wwid) take(section);
  }
  result.settings = configuration.head(own);
  return result;
}

}  // namespace scsimpath::daemon
