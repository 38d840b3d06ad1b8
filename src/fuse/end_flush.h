// SPDX-License-Identifier: LGPL-2.1-or-later
// The flush before the program ends.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "scsimpath/head.h"
#include "scsimpath/registry.h"
#include "thread.h"

namespace scsimpath::fuse {

/// Flushes every head that has something to flush, each at once and in threads of its own: a head
/// whose device blocks keeps no other from it. Heads must not hold any more: it ends with the
/// devices' time limit.
class EndFlush {
 public:
  explicit EndFlush(Registry& registry) noexcept;
  /// Waits for it.
  ~EndFlush();
  EndFlush(const EndFlush&) = delete;
  EndFlush& operator=(const EndFlush&) = delete;

 private:
  /// The program's memory is locked, a thread's stack with it.
  static constexpr std::size_t most_threads = 16;

  void work() noexcept;

  std::vector<std::shared_ptr<Head>> heads_;
  std::atomic<std::size_t> next_{0};
  std::vector<Thread> threads_;  // last: they use the others
};

}  // namespace scsimpath::fuse
