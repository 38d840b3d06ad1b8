// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading the configuration file again while disks are in use.
#pragma once

#include <string>
#include <vector>

#include "configuration.h"
#include "kernel_limits.h"
#include "mutex.h"
#include "profiles.h"
#include "scsimpath/registry.h"

namespace scsimpath::daemon {

/// Applies the settings of heads that changed in the file, but for those that an xattr has changed
/// since; a file that is wrong changes nothing. Logs what was done and what needs a new mount.
/// `settings_mutex` is held by whoever changes a head's settings in view of what they are.
/// `limits` are the kernel's of when it was mounted.
void reload(Profiles& profiles, Registry& registry, Mutex& settings_mutex,
            const RequestTimeouts& limits);

/// The head's settings with each of them that differs between the two profiles as in `after`,
/// unless it is not as in `before`: then somebody set it by hand.
[[nodiscard]] HeadSettings follow(HeadSettings current, const HeadSettings& before,
                                  const HeadSettings& after);

/// What differs that only a new mount can change, one sentence each.
[[nodiscard]] std::vector<std::string> needs_new_mount(const settings::Configuration& before,
                                                       const settings::Configuration& after);

}  // namespace scsimpath::daemon
