// SPDX-License-Identifier: LGPL-2.1-or-later
// Read-copy-update: readers look at a snapshot without a lock, writers replace it and wait.
#pragma once

#include <urcu/urcu-bp.h>

#include <atomic>

#if defined(__SANITIZE_THREAD__)
#define SCSIMPATH_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SCSIMPATH_TSAN 1
#endif
#endif

#if defined(SCSIMPATH_TSAN)
extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}
#endif

namespace scsimpath {

namespace rcu_detail {

#if defined(SCSIMPATH_TSAN)
// liburcu is not instrumented: this address stands for the order it gives, every read section
// before the end of a wait for it.
inline char domain;
inline void section_ends() noexcept {
  __tsan_release(&domain);
}
inline void wait_is_over() noexcept {
  __tsan_acquire(&domain);
}
#else
inline void section_ends() noexcept {}
inline void wait_is_over() noexcept {}
#endif

}  // namespace rcu_detail

/// A read section: what was loaded in it stays until it ends. Any thread, may nest; must not block
/// and must not span a command.
class RcuReadLock {
 public:
  RcuReadLock() noexcept { urcu_bp_read_lock(); }
  ~RcuReadLock() {
    rcu_detail::section_ends();
    urcu_bp_read_unlock();
  }
  RcuReadLock(const RcuReadLock&) = delete;
  RcuReadLock& operator=(const RcuReadLock&) = delete;
};

/// Waits until every read section that is open now has ended. Never inside one.
inline void rcu_synchronize() noexcept {
  urcu_bp_synchronize_rcu();
  rcu_detail::wait_is_over();
}

/// A published pointer. It owns nothing: who exchanges it waits, then destroys the old one.
template <class T>
class RcuPointer {
 public:
  explicit RcuPointer(T* initial = nullptr) noexcept : pointer_(initial) {}
  RcuPointer(const RcuPointer&) = delete;
  RcuPointer& operator=(const RcuPointer&) = delete;

  /// Inside a read section, or with the writers' lock held.
  [[nodiscard]] T* load() const noexcept { return pointer_.load(std::memory_order_acquire); }
  /// Publishes; the result is what was published before. Any thread.
  [[nodiscard]] T* exchange(T* next) noexcept {
    return pointer_.exchange(next, std::memory_order_acq_rel);
  }

 private:
  std::atomic<T*> pointer_;
};

}  // namespace scsimpath
