// SPDX-License-Identifier: LGPL-2.1-or-later
// Which requests the kernel may still interrupt.
#pragma once

#include <array>
#include <cstdint>

#include "io_request.h"
#include "mutex.h"

namespace scsimpath::fuse {

/// libfuse offers the same, with an allocation and a lock over all requests; this one finds a
/// request by the kernel's number for it. Any thread.
class Interrupts {
 public:
  void add(IoRequest& request) noexcept;
  /// Does nothing when it is not there.
  void remove(IoRequest& request) noexcept;
  /// With one more hold for the caller, or null.
  [[nodiscard]] IoRequest* find(std::uint64_t unique) noexcept;

 private:
  struct alignas(64) Shard {
    Mutex mutex;  // a leaf
    IoRequest* first GUARDED_BY(mutex) = nullptr;
  };
  [[nodiscard]] Shard& shard(std::uint64_t unique) noexcept {
    return shards_[unique / 2 % shards_.size()];  // the kernel counts in steps of two
  }

  std::array<Shard, 256> shards_;
};

}  // namespace scsimpath::fuse
