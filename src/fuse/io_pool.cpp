// SPDX-License-Identifier: LGPL-2.1-or-later
// Mapping, keeping and giving back message buffers.
#include "io_pool.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <utility>

namespace scsimpath::fuse {

namespace {

constexpr std::size_t mapping_size = page + message_size;
static_assert(mapping_size % page == 0);

}  // namespace

IoPool::IoPool(Service& owner, std::size_t reserve, std::size_t limit)
    : owner_(owner), reserve_(reserve), limit_(std::max(reserve, limit)) {
  const MutexLock lock(mutex_);
  for (; free_count_ < reserve_; ++free_count_) {
    IoRequest* request = map(true);
    if (request == nullptr) {
      while (free_ != nullptr) unmap(*std::exchange(free_, free_->next_free));
      throw std::bad_alloc();
    }
    request->next_free = std::exchange(free_, request);
  }
}

IoPool::~IoPool() {
  const MutexLock lock(mutex_);
  while (free_ != nullptr) unmap(*std::exchange(free_, free_->next_free));
}

std::size_t IoPool::default_limit() noexcept {
  const auto pages = static_cast<std::size_t>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
  const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return std::clamp<std::size_t>(pages / 2 * size / max_payload, 512, 65536);
}

unsigned IoPool::most_in_background() const noexcept {
  constexpr std::size_t most = 65535;  // the protocol has 16 bits for it
  return static_cast<unsigned>(std::min(limit_ - limit_ / 4, most));
}

IoRequest* IoPool::take_free() noexcept {
  IoRequest* request = free_;
  if (request != nullptr) {
    --free_count_;
    free_ = request->next_free;
    request->holds.store(1, std::memory_order_relaxed);
  } else if (taken_ < limit_) {
    request = map(false);
  }
  if (request != nullptr) ++taken_;
  return request;
}

IoRequest* IoPool::take() noexcept {
  MutexLock lock(mutex_);
  for (;;) {
    if (closed_) return nullptr;
    if (IoRequest* const request = take_free()) return request;
    ++waiting_;
    returned_.wait(lock);
    --waiting_;
  }
}

IoRequest* IoPool::try_take() noexcept {
  const MutexLock lock(mutex_);
  return take_free();
}

void IoPool::put(IoRequest& request) noexcept {
  const MutexLock lock(mutex_);
  --taken_;
  request.next_free = std::exchange(free_, &request);
  ++free_count_;
  if (waiting_ > 0 || taken_ == 0) returned_.notify_all();
}

void IoPool::trim() noexcept {
  for (;;) {
    MutexLock lock(mutex_);
    if (free_count_ <= reserve_ || waiting_ > 0) return;
    --free_count_;
    IoRequest* request = std::exchange(free_, free_->next_free);
    lock.unlock();
    unmap(*request);
  }
}

void IoPool::close() noexcept {
  const MutexLock lock(mutex_);
  closed_ = true;
  returned_.notify_all();
}

void IoPool::wait_all_returned() noexcept {
  MutexLock lock(mutex_);
  while (taken_ > 0) returned_.wait(lock);
}

IoRequest* IoPool::map(bool whole) noexcept {
  constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS;
  constexpr int access = PROT_READ | PROT_WRITE;
  void* memory = mmap(nullptr, mapping_size, whole ? access : PROT_NONE,
                      whole ? flags | MAP_POPULATE : flags, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  // Where the process has locked its future memory (mlockall), all of a megabyte would come with
  // the first byte: a thousand small requests that are held would take a gigabyte.
  if (!whole &&
      (munlock(memory, mapping_size) != 0 || mprotect(memory, mapping_size, access) != 0)) {
    munmap(memory, mapping_size);
    return nullptr;
  }
  return new (memory) IoRequest(owner_);
}

void IoPool::unmap(IoRequest& request) noexcept {
  request.~IoRequest();
  munmap(&request, mapping_size);
}

void put_spares(IoPool& pool, IoRequest& request) noexcept {
  while (IoRequest* const spare = request.spares) {
    request.spares = std::exchange(spare->next_spare, nullptr);
    pool.put(*spare);
  }
}

void drop(IoPool& pool, IoRequest& request) noexcept {
  if (request.holds.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  put_spares(pool, request);
  pool.put(request);
}

}  // namespace scsimpath::fuse
