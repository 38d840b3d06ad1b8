// SPDX-License-Identifier: LGPL-2.1-or-later
// A write cache that a loss of power empties.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "image.h"
#include "mutex.h"
#include "scsimpath/bytes.h"

namespace scsimpath::emulated {

/// Whole blocks that were written and are not in the image yet. It takes memory as it fills: a disk
/// with such a cache is for tests. Any thread; throws std::bad_alloc.
class VolatileCache {
 public:
  using Block = std::vector<std::uint8_t>;
  /// Blocks by number.
  using Blocks = std::vector<std::pair<std::uint64_t, std::shared_ptr<const Block>>>;
  /// When it holds so much it writes by itself, as disks do.
  static constexpr std::size_t most_bytes = 64U << 20;

  explicit VolatileCache(std::uint32_t block_size) noexcept : block_size_(block_size) {}

  /// True: it is full, `write_back` soon. Whole blocks; bytes.
  [[nodiscard]] bool put(std::uint64_t offset, ConstBytes data);
  /// Those within a range. What is not there was in the image before this was called.
  [[nodiscard]] Blocks find(std::uint64_t offset, std::uint64_t length);
  /// Moves all of it to the image. 0 or an errno; what could not be moved is still here.
  [[nodiscard]] int write_back(const Image& image);
  /// As a loss of power does.
  void lose() noexcept;

 private:
  const std::uint32_t block_size_;
  /// One at a time: an older block must not follow a newer one to the image.
  Mutex writing_back_;
  Mutex mutex_;  // innermost; never held across I/O
  std::map<std::uint64_t, std::shared_ptr<const Block>> blocks_ GUARDED_BY(mutex_);
};

}  // namespace scsimpath::emulated
