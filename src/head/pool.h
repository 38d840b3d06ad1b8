// SPDX-License-Identifier: LGPL-2.1-or-later
// A pool that keeps I/O going when memory is short: a small reserve, and a cache before it.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "mutex.h"

namespace scsimpath {

/// Objects are made as they are needed, up to a bound, and kept for the next use: the steady state
/// neither allocates nor, thanks to the cache with a slot per thread, takes the lock. An object
/// that cannot be had is not an error: the caller waits, and is called when one comes back. Any
/// thread.
template <class Object>
class Pool {
 public:
  /// Made at start, so that what is needed to write out memory never needs memory.
  static constexpr std::size_t reserve = 2;

  explicit Pool(std::size_t most) : most_(most < reserve ? reserve : most) {
    const MutexLock lock(mutex_);
    for (std::size_t i = 0; i < reserve; ++i) idle_.push_back(make());
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  /// Only when every object has come back.
  ~Pool() {
    for (auto& slot : cache_) delete slot.object.load();
    for (Object* object : idle_) delete object;
  }

  /// Null: none can be had now; `give` will return true.
  [[nodiscard]] Object* take() noexcept {
    if (Object* const cached = this_slot().object.exchange(nullptr, std::memory_order_acquire)) {
      return cached;
    }
    const MutexLock lock(mutex_);
    if (!idle_.empty()) {
      Object* const object = idle_.back();
      idle_.pop_back();
      return object;
    }
    if (made_ < most_ + std::min(away_, most_)) {
      try {
        return make();
      } catch (const std::bad_alloc&) {
        // As if the bound were reached.
      }
    }
    if (Object* const other = take_from_caches()) return other;
    starving_.store(true, std::memory_order_seq_cst);
    // One may have come back to a cache before its giver could see the mark, which stays: another
    // thread may have set it, too.
    return take_from_caches();
  }

  /// True: somebody waits for an object; tell all who do.
  [[nodiscard]] bool give(Object* object) noexcept {
    Object* const displaced = this_slot().object.exchange(object, std::memory_order_seq_cst);
    if (displaced != nullptr) {
      const MutexLock lock(mutex_);
      idle_.push_back(displaced);  // room for every object was made with it
    }
    return starving_.load(std::memory_order_seq_cst) &&
           starving_.exchange(false, std::memory_order_seq_cst);
  }

  /// An object will be away for longer than anybody may wait: one more than the bound may be made
  /// meanwhile, and at most twice as many. True: somebody waits for an object; tell all who do.
  [[nodiscard]] bool write_off() noexcept {
    const MutexLock lock(mutex_);
    ++away_;
    return starving_.exchange(false, std::memory_order_seq_cst);
  }
  /// Before it is given.
  void write_on() noexcept {
    const MutexLock lock(mutex_);
    --away_;
  }

 private:
  static constexpr std::size_t slots = 16;
  struct alignas(64) Slot {
    std::atomic<Object*> object{nullptr};
  };

  Slot& this_slot() noexcept {
    static std::atomic<std::size_t> threads{0};
    thread_local const std::size_t mine = threads.fetch_add(1, std::memory_order_relaxed) % slots;
    return cache_[mine];
  }

  Object* make() REQUIRES(mutex_) {
    idle_.reserve(made_ + 1);
    Object* const object = new Object;
    ++made_;
    return object;
  }

  Object* take_from_caches() noexcept {
    for (auto& slot : cache_) {
      if (Object* const object = slot.object.exchange(nullptr, std::memory_order_seq_cst)) {
        return object;
      }
    }
    return nullptr;
  }

  const std::size_t most_;
  std::array<Slot, slots> cache_;
  std::atomic<bool> starving_{false};

  Mutex mutex_;
  std::vector<Object*> idle_ GUARDED_BY(mutex_);
  std::size_t made_ GUARDED_BY(mutex_) = 0;
  std::size_t away_ GUARDED_BY(mutex_) = 0;
};

}  // namespace scsimpath
