// SPDX-License-Identifier: LGPL-2.1-or-later
// Taking a range of blocks, or a place among those who wait for it.
#include "range_lock.h"

namespace scsimpath {

bool RangeLock::meets(const List& list, const Request& request, const Request* end) noexcept {
  for (Request* other = list.front(); other != end; other = List::after(*other)) {
    if (overlap(*other, request)) return true;
  }
  return false;
}

bool RangeLock::acquire(Request& request) noexcept {
  const MutexLock lock(mutex_);
  if (meets(holders_, request, nullptr) || meets(waiters_, request, nullptr)) {
    // Whoever cancels marks the request before it looks here: one of us sees the other.
    if (request.progress.cancelled.load()) return true;
    request.progress.phase.store(Request::Phase::locked_out);
    waiters_.push_back(request);
    return false;
  }
  request.progress.holds_range = true;
  holders_.push_back(request);
  return true;
}

}  // namespace scsimpath
