// SPDX-License-Identifier: LGPL-2.1-or-later
// How many files are open on each head.
#pragma once

#include <unordered_map>

#include "mutex.h"
#include "scsimpath/head.h"

namespace scsimpath::fuse {

/// Any thread.
class HeadUsers {
 public:
  /// Throws std::bad_alloc.
  void add(const Head& head) {
    const MutexLock lock(mutex_);
    ++counts_[&head];
  }
  void remove(const Head& head) noexcept {
    const MutexLock lock(mutex_);
    const auto found = counts_.find(&head);
    if (--found->second == 0) counts_.erase(found);
  }
  [[nodiscard]] bool has(const Head& head) const noexcept {
    const MutexLock lock(mutex_);
    return counts_.contains(&head);
  }

 private:
  mutable Mutex mutex_;  // a leaf
  std::unordered_map<const Head*, unsigned> counts_ GUARDED_BY(mutex_);
};

}  // namespace scsimpath::fuse
