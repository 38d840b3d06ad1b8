// SPDX-License-Identifier: LGPL-2.1-or-later
// `.scsimpath/status`.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "scsimpath/candidate.h"
#include "scsimpath/head.h"

namespace scsimpath::fuse {

struct ProgramStatus {
  std::string_view version;
  pid_t pid = 0;
  double uptime_s = 0;
  std::string_view source;
  std::vector<Candidate> candidates{};
};

/// One JSON object and a line end. Its keys are a contract: add, never rename.
[[nodiscard]] std::string status_json(const ProgramStatus& program,
                                      const std::vector<HeadStatus>& heads);

}  // namespace scsimpath::fuse
