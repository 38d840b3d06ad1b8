// SPDX-License-Identifier: LGPL-2.1-or-later
// The choice between WRITE SAME, UNMAP and WRITE.
#include "zeroing.h"

#include <algorithm>

namespace scsimpath {

namespace {

/// A disk that writes each block must be done within io_timeout; one that gives space back has
/// less to do.
constexpr std::uint64_t most_written = 16U << 20;
constexpr std::uint64_t most_unmapped = 1U << 30;
/// Of a disk that tells no limit; the kernel takes it too.
constexpr std::uint64_t untold_write_same = 0xffff;

alignas(4096) std::uint8_t all_zeros[Zeroing::most_zeros];

}  // namespace

Bytes Zeroing::zeros(std::uint32_t size) noexcept {
  return Bytes(all_zeros).first(std::min(size, most_zeros));
}

void Zeroing::learn(const Provisioning& told) noexcept {
  max_unmap_.store(told.max_unmap, std::memory_order_relaxed);
  granularity_.store(std::max(told.granularity, 1U), std::memory_order_relaxed);
  alignment_.store(told.alignment, std::memory_order_relaxed);
  max_write_same_.store(told.max_write_same, std::memory_order_relaxed);
  unmap_.store(told.unmap && told.max_unmap != 0, std::memory_order_relaxed);
  write_same_unmaps_.store(told.write_same_unmaps, std::memory_order_relaxed);
  thin_.store(told.thin && told.reads_zeros, std::memory_order_relaxed);
}

void Zeroing::refused(ZeroBy how) noexcept {
  switch (how) {
    case ZeroBy::write_same_unmap:
      no_write_same_unmap_.store(true, std::memory_order_relaxed);
      break;
    case ZeroBy::write_same:
      no_write_same_.store(true, std::memory_order_relaxed);
      break;
    case ZeroBy::unmap:
      no_unmap_.store(true, std::memory_order_relaxed);
      break;
    case ZeroBy::verify:
      does_not_tell_holes();
      break;
    case ZeroBy::write:
      break;
  }
}

bool Zeroing::tells_holes() const noexcept {
  return thin_.load(std::memory_order_relaxed) && !no_status_.load(std::memory_order_relaxed);
}

ZeroBy Zeroing::choose(bool discard) const noexcept {
  const auto is = [](const std::atomic<bool>& flag) {
    return flag.load(std::memory_order_relaxed);
  };
  if (discard && is(thin_)) {
    if (is(write_same_unmaps_) && !is(no_write_same_unmap_)) return ZeroBy::write_same_unmap;
    // A hint alone promises nothing.
    if (is(unmap_) && !is(no_unmap_) && tells_holes()) return ZeroBy::unmap;
  }
  return is(no_write_same_) ? ZeroBy::write : ZeroBy::write_same;
}

ZeroBy Zeroing::plan(bool discard, std::uint64_t lba, std::uint64_t& blocks,
                     std::uint32_t block_size) const noexcept {
  ZeroBy how = choose(discard);
  if (how == ZeroBy::unmap) {
    const std::uint64_t granule = granularity_.load(std::memory_order_relaxed);
    const std::uint64_t into =
        (lba + granule - alignment_.load(std::memory_order_relaxed) % granule) % granule;
    const std::uint64_t most = std::min<std::uint64_t>(max_unmap_.load(std::memory_order_relaxed),
                                                       most_unmapped / block_size) /
                               granule * granule;
    const std::uint64_t whole = into == 0 ? blocks / granule * granule : 0;
    // A granule that is more than one command may unmap is of no use.
    if (whole != 0 && most != 0) {
      blocks = std::min(whole, most);
      return ZeroBy::unmap;
    }
    // Part of a granule, which a disk may keep as it is.
    if (into != 0) blocks = std::min(blocks, granule - into);
    how = choose(false);
  }
  if (how == ZeroBy::write) {
    blocks = std::min<std::uint64_t>(blocks, most_zeros / block_size);
  } else {
    const std::uint64_t told = max_write_same_.load(std::memory_order_relaxed);
    const std::uint64_t bytes = how == ZeroBy::write_same ? most_written : most_unmapped;
    blocks = std::min({blocks, told != 0 ? told : untold_write_same, bytes / block_size});
  }
  return how;
}

}  // namespace scsimpath
