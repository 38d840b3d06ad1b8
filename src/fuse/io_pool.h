// SPDX-License-Identifier: LGPL-2.1-or-later
// The buffers that messages are received into.
#pragma once

#include <cstddef>

#include "io_request.h"
#include "mutex.h"

namespace scsimpath::fuse {

/// A reserve that exists from the start and, beyond it, ordinary memory up to a limit. Any thread.
class IoPool {
 public:
  /// Throws std::bad_alloc when there is no memory for the reserve.
  IoPool(Service& owner, std::size_t reserve, std::size_t limit);
  /// Only when all have been returned.
  ~IoPool();
  IoPool(const IoPool&) = delete;
  IoPool& operator=(const IoPool&) = delete;

  /// Held once by the caller. Waits when there is no memory; null only after `close`.
  [[nodiscard]] IoRequest* take() noexcept;
  /// Without waiting, also after `close`: what is under way may need another buffer until it ends;
  /// null when there is none.
  [[nodiscard]] IoRequest* try_take() noexcept;
  void put(IoRequest& request) noexcept;

  /// Gives back what is free beyond the reserve. Not from within a head's call: the buffers may be
  /// the last to know a head.
  void trim() noexcept;

  /// Nobody waits in `take` any more.
  void close() noexcept;
  void wait_all_returned() noexcept;

  /// How many background requests the kernel may send at once. The rest of the limit is for what is
  /// not sent so, and for buffers that take the place of others.
  [[nodiscard]] unsigned most_in_background() const noexcept;

  /// Half of the machine's memory, were each of them used in full.
  [[nodiscard]] static std::size_t default_limit() noexcept;

 private:
  [[nodiscard]] IoRequest* take_free() noexcept REQUIRES(mutex_);
  /// With all its pages there, or each when it is touched.
  IoRequest* map(bool whole) noexcept;
  static void unmap(IoRequest& request) noexcept;

  Service& owner_;
  const std::size_t reserve_;
  const std::size_t limit_;

  Mutex mutex_;  // a leaf
  CondVar returned_;
  IoRequest* free_ GUARDED_BY(mutex_) = nullptr;
  std::size_t free_count_ GUARDED_BY(mutex_) = 0;
  std::size_t taken_ GUARDED_BY(mutex_) = 0;
  std::size_t waiting_ GUARDED_BY(mutex_) = 0;
  bool closed_ GUARDED_BY(mutex_) = false;
};

/// Ends one hold; the last one returns the request to the pool.
void drop(IoPool& pool, IoRequest& request) noexcept;
/// Before it is used again: the buffers that took its buffer's place.
void put_spares(IoPool& pool, IoRequest& request) noexcept;

}  // namespace scsimpath::fuse
