// SPDX-License-Identifier: LGPL-2.1-or-later
// A hash table of requests by the kernel's number, linked through the requests themselves.
#include "interrupts.h"

namespace scsimpath::fuse {

void Interrupts::add(IoRequest& request) noexcept {
  Shard& home = shard(request.unique);
  const MutexLock lock(home.mutex);
  request.next_registered = home.first;
  home.first = &request;
}

void Interrupts::remove(IoRequest& request) noexcept {
  Shard& home = shard(request.unique);
  const MutexLock lock(home.mutex);
  for (IoRequest** link = &home.first; *link != nullptr; link = &(*link)->next_registered) {
    if (*link != &request) continue;
    *link = request.next_registered;
    return;
  }
}

IoRequest* Interrupts::find(std::uint64_t unique) noexcept {
  Shard& home = shard(unique);
  const MutexLock lock(home.mutex);
  for (IoRequest* request = home.first; request != nullptr; request = request->next_registered) {
    if (request->unique != unique) continue;
    request->holds.fetch_add(1, std::memory_order_relaxed);
    return request;
  }
  return nullptr;
}

}  // namespace scsimpath::fuse
