// SPDX-License-Identifier: LGPL-2.1-or-later
// Blocks on their way to the image.
#include "volatile_cache.h"

namespace scsimpath::emulated {

bool VolatileCache::put(std::uint64_t offset, ConstBytes data) {
  Blocks fresh;
  for (std::size_t at = 0; at + block_size_ <= data.size(); at += block_size_) {
    const ConstBytes block = data.subspan(at, block_size_);
    fresh.emplace_back((offset + at) / block_size_,
                       std::make_shared<const Block>(block.begin(), block.end()));
  }
  const MutexLock lock(mutex_);
  for (auto& [number, block] : fresh) blocks_[number] = std::move(block);
  return blocks_.size() * block_size_ >= most_bytes;
}

VolatileCache::Blocks VolatileCache::find(std::uint64_t offset, std::uint64_t length) {
  const MutexLock lock(mutex_);
  return {blocks_.lower_bound(offset / block_size_),
          blocks_.lower_bound((offset + length + block_size_ - 1) / block_size_)};
}

int VolatileCache::write_back(const Image& image) {
  const MutexLock alone(writing_back_);
  Blocks blocks;
  {
    const MutexLock lock(mutex_);
    blocks.assign(blocks_.begin(), blocks_.end());
  }
  for (const auto& [number, block] : blocks) {
    const Image::Moved moved = image.write(number * block_size_, *block);
    if (moved.error != 0) return moved.error;
  }
  const MutexLock lock(mutex_);
  for (const auto& [number, block] : blocks) {
    const auto place = blocks_.find(number);
    // Not one that was written meanwhile.
    if (place != blocks_.end() && place->second == block) blocks_.erase(place);
  }
  return 0;
}

void VolatileCache::lose() noexcept {
  const MutexLock lock(mutex_);
  blocks_.clear();
}

}  // namespace scsimpath::emulated
