// SPDX-License-Identifier: LGPL-2.1-or-later
// Which threads may wait for a device in the middle of what they do, and how many of them at once.
#pragma once

#include <atomic>

namespace scsimpath {

/// A group of threads that serve one queue. A thread that carries something slow to its end saves
/// the way to another thread; but one of the group always stays back, so that the queue is served.
class BlockingLeave {
 public:
  explicit BlockingLeave(unsigned threads) noexcept : spare_(static_cast<int>(threads) - 1) {}
  BlockingLeave(const BlockingLeave&) = delete;
  BlockingLeave& operator=(const BlockingLeave&) = delete;

  /// This thread is one of the group while this lives.
  class Membership {
   public:
    explicit Membership(BlockingLeave& group) noexcept { current = &group; }
    ~Membership() { current = nullptr; }
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;
  };

  /// Any thread. False: this one must not wait; one that is in no group never may.
  [[nodiscard]] static bool take() noexcept {
    if (current == nullptr) return false;
    if (current->spare_.fetch_sub(1, std::memory_order_relaxed) > 0) return true;
    give_back();
    return false;
  }
  /// After `take` was true, on the same thread.
  static void give_back() noexcept { current->spare_.fetch_add(1, std::memory_order_relaxed); }

 private:
  std::atomic<int> spare_;
  static inline thread_local BlockingLeave* current = nullptr;
};

}  // namespace scsimpath
