// SPDX-License-Identifier: LGPL-2.1-or-later
// The status of one mount, or of all.
#pragma once

#include <string>
#include <vector>

#include "mounts.h"
#include "status.h"

namespace scsimpath::ctl {

struct Surveyed {
  Place place;  ///< as named; its head, where it has one, is the only one in `status`
  StatusReport status;
  std::string json;  ///< the same as the mount wrote it
};

struct Survey {
  bool named = false;    ///< one mount or head was asked for
  bool complete = true;  ///< every mount answered; of those that did not was told on stderr
  std::vector<Surveyed> mounts;
};

/// An error when what was named cannot be had. Without a name a mount that does not answer is told
/// of on stderr and left out.
[[nodiscard]] Result<Survey> take_survey(const std::string& target);

/// What a named mount wrote, or a named head's part of it; an array of all when none was named.
[[nodiscard]] Result<int> print_json(const Survey& survey);

}  // namespace scsimpath::ctl
