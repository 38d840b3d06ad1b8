// SPDX-License-Identifier: LGPL-2.1-or-later
// Mutexes whose use clang checks at compile time (-Wthread-safety).
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "scsimpath/runtime.h"

#if defined(__clang__)
#define SCSIMPATH_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define SCSIMPATH_THREAD_ANNOTATION(x)
#endif

#define CAPABILITY(name) SCSIMPATH_THREAD_ANNOTATION(capability(name))
#define SCOPED_CAPABILITY SCSIMPATH_THREAD_ANNOTATION(scoped_lockable)
#define GUARDED_BY(m) SCSIMPATH_THREAD_ANNOTATION(guarded_by(m))
#define PT_GUARDED_BY(m) SCSIMPATH_THREAD_ANNOTATION(pt_guarded_by(m))
#define REQUIRES(...) SCSIMPATH_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) SCSIMPATH_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) SCSIMPATH_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define RELEASE(...) SCSIMPATH_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define TRY_ACQUIRE(...) SCSIMPATH_THREAD_ANNOTATION(try_acquire_capability(__VA_ARGS__))
#define ACQUIRED_AFTER(...) SCSIMPATH_THREAD_ANNOTATION(acquired_after(__VA_ARGS__))
#define ACQUIRED_BEFORE(...) SCSIMPATH_THREAD_ANNOTATION(acquired_before(__VA_ARGS__))
#define RETURN_CAPABILITY(x) SCSIMPATH_THREAD_ANNOTATION(lock_returned(x))
#define ASSERT_CAPABILITY(x) SCSIMPATH_THREAD_ANNOTATION(assert_capability(x))
#define NO_THREAD_SAFETY_ANALYSIS SCSIMPATH_THREAD_ANNOTATION(no_thread_safety_analysis)

namespace scsimpath {

class CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }
  [[nodiscard]] bool try_lock() TRY_ACQUIRE(true) { return mutex_.try_lock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

/// Holds a mutex for a scope; may let go of it in between.
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  // std::unique_lock unlocks; the analysis cannot look into it.
  ~MutexLock() RELEASE() {}
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void lock() ACQUIRE() { lock_.lock(); }
  void unlock() RELEASE() { lock_.unlock(); }

 private:
  friend class CondVar;
  std::unique_lock<std::mutex> lock_;
};

/// Waits may wake without cause: call them in a loop over the condition.
class CondVar {
 public:
  CondVar() = default;
  CondVar(const CondVar&) = delete;
  CondVar& operator=(const CondVar&) = delete;

  void wait(MutexLock& lock) { condition_.wait(lock.lock_); }
  /// False when the moment has come.
  bool wait_until(MutexLock& lock, Instant due) {
    return condition_.wait_until(lock.lock_, due) == std::cv_status::no_timeout;
  }
  void notify_one() noexcept { condition_.notify_one(); }
  void notify_all() noexcept { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace scsimpath
