// SPDX-License-Identifier: LGPL-2.1-or-later
// How long the kernel lets a FUSE request take before it ends the whole mount.
#pragma once

#include <cstdint>

namespace scsimpath {

/// Seconds; 0: no limit, or a kernel without one.
struct RequestTimeouts {
  static constexpr const char* default_file = "/proc/sys/fs/fuse/default_request_timeout";
  static constexpr const char* max_file = "/proc/sys/fs/fuse/max_request_timeout";

  std::uint64_t by_default = 0;
  std::uint64_t at_most = 0;
};

[[nodiscard]] RequestTimeouts read_request_timeouts();

}  // namespace scsimpath
