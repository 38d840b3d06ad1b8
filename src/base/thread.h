// SPDX-License-Identifier: LGPL-2.1-or-later
// A thread with a name, a small stack of known size and no signals.
#pragma once

#include <pthread.h>

#include <functional>
#include <string>

namespace scsimpath {

/// Joined when it is destroyed. All signals are blocked in it, so that the process' handlers run
/// on the threads that want them.
class Thread {
 public:
  static constexpr std::size_t default_stack = 256 * 1024;

  Thread() noexcept = default;
  /// Throws std::system_error when there can be no more threads. `body` must not throw. Of `name`
  /// the system keeps 15 characters.
  Thread(const std::string& name, std::function<void()> body,
         std::size_t stack_size = default_stack);
  ~Thread() { join(); }
  Thread(Thread&& other) noexcept;
  Thread& operator=(Thread&& other) noexcept;

  /// Waits for its end; does nothing when that was done already.
  void join() noexcept;
  [[nodiscard]] bool joinable() const noexcept { return started_; }

 private:
  pthread_t thread_{};
  bool started_ = false;
};

}  // namespace scsimpath
