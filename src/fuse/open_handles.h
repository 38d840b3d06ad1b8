// SPDX-License-Identifier: LGPL-2.1-or-later
// What users hold open: the kernel sends no RELEASE for what is open when a mount is cut off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "mutex.h"

namespace scsimpath::fuse {

/// Owns what stands behind `fuse_file_info::fh`, from OPEN to RELEASE or to its own end. Any
/// thread.
class OpenHandles {
 public:
  /// The handle, which is the object's address. Throws std::bad_alloc.
  [[nodiscard]] std::uint64_t add(std::shared_ptr<void> object) EXCLUDES(mutex_);
  void remove(std::uint64_t handle) noexcept EXCLUDES(mutex_);
  [[nodiscard]] std::size_t count() const noexcept EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_ptr<void>> objects_ GUARDED_BY(mutex_);
};

}  // namespace scsimpath::fuse
