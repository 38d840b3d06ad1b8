// SPDX-License-Identifier: LGPL-2.1-or-later
// Which acknowledged writes a loss of power would take.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace scsimpath {

/// Time is cut into epochs by flushes: one that succeeds keeps all that was acknowledged up to the
/// epoch in which it began. Any thread.
class WriteCache {
 public:
  /// A write was answered that need not be on stable storage. Nearly always one load of a line that
  /// nobody writes.
  void acknowledged() noexcept { raise(dirty_, epoch_.load(std::memory_order_acquire)); }
  /// What a flush that is not sent yet will cover.
  [[nodiscard]] std::uint64_t begin_flush() noexcept {
    return epoch_.fetch_add(1, std::memory_order_acq_rel);
  }
  void flushed(std::uint64_t covers) noexcept { raise(clean_, covers); }
  /// All of it is gone: nothing is left that a flush could keep.
  void lost() noexcept { flushed(begin_flush()); }

  [[nodiscard]] bool is_dirty() const noexcept { return dirty_.load() > clean_.load(); }

 private:
  static void raise(std::atomic<std::uint64_t>& mark, std::uint64_t epoch) noexcept {
    std::uint64_t before = mark.load(std::memory_order_relaxed);
    while (before < epoch && !mark.compare_exchange_weak(before, epoch)) {
    }
  }

  std::atomic<std::uint64_t> epoch_{1};
  std::atomic<std::uint64_t> dirty_{0};  ///< the last epoch in which a write was acknowledged
  std::atomic<std::uint64_t> clean_{0};  ///< the last that is on stable storage
};

}  // namespace scsimpath
