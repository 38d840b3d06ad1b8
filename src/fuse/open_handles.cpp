// SPDX-License-Identifier: LGPL-2.1-or-later
// Objects by their address.
#include "open_handles.h"

#include <utility>

namespace scsimpath::fuse {

std::uint64_t OpenHandles::add(std::shared_ptr<void> object) {
  const auto handle = reinterpret_cast<std::uint64_t>(object.get());
  const MutexLock lock(mutex_);
  objects_.emplace(handle, std::move(object));
  return handle;
}

void OpenHandles::remove(std::uint64_t handle) noexcept {
  // Ended without the mutex: the end of a file may take others.
  std::shared_ptr<void> object;
  const MutexLock lock(mutex_);
  const auto found = objects_.find(handle);
  if (found == objects_.end()) return;
  object = std::move(found->second);
  objects_.erase(found);
}

std::size_t OpenHandles::count() const noexcept {
  const MutexLock lock(mutex_);
  return objects_.size();
}

}  // namespace scsimpath::fuse
