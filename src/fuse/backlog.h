// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests that wait for a thread that may block with them.
#pragma once

#include "io_request.h"
#include "mutex.h"

namespace scsimpath::fuse {

/// First in, first out; not bounded by itself: the pool bounds it. Any thread.
class Backlog {
 public:
  void push(IoRequest& request) noexcept;
  /// Waits for one; null when the backlog was closed and is empty.
  [[nodiscard]] IoRequest* pop() noexcept;
  /// True when it was there and is not any more.
  [[nodiscard]] bool remove(IoRequest& request) noexcept;
  void close() noexcept;

 private:
  Mutex mutex_;  // a leaf
  CondVar changed_;
  IoRequest* first_ GUARDED_BY(mutex_) = nullptr;
  IoRequest* last_ GUARDED_BY(mutex_) = nullptr;
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace scsimpath::fuse
