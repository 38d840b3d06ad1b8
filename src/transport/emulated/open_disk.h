// SPDX-License-Identifier: LGPL-2.1-or-later
// Emulated disks: a real logical unit on an image file, behind as many ports as asked for.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scsimpath/result.h"
#include "scsimpath/runtime.h"
#include "scsimpath/transport.h"

namespace scsimpath::emulated {

struct DiskSettings {
  static constexpr unsigned max_paths = 64;

  std::string image;
  /// Must be what an existing image has; needed to make one.
  std::optional<std::uint64_t> size;
  unsigned paths = 2;
  std::uint32_t block_size = 512;
  /// `naa.…`, `eui.…` or `t10.…`; empty: derived from the image's real path.
  std::string wwid;
  bool thin = true;
  bool lbprz = true;
  bool unmap_ignore = false;
  bool volatile_cache = false;
  bool read_only = false;
  /// For another user of the image who is about to end.
  std::chrono::milliseconds lock_patience = std::chrono::seconds(5);
};

struct OpenDisk {
  /// `emu0`, `emu1`, …; the logical unit, and the lock on its image, live as long as one of them.
  std::vector<std::unique_ptr<Transport>> paths;
  bool made_image = false;
  std::string wwid;
};

/// Makes the image when it is missing; leaves nothing behind when it fails. May block for as long
/// as `lock_patience`. The runtime outlives the paths.
[[nodiscard]] Result<OpenDisk> open_disk(const DiskSettings& settings, Runtime& runtime);

}  // namespace scsimpath::emulated
