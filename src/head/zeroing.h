// SPDX-License-Identifier: LGPL-2.1-or-later
// How blocks of a head are made to read as zeros, and whether it tells which have no data.
#pragma once

#include <atomic>
#include <cstdint>

#include "identity.h"
#include "scsimpath/bytes.h"

namespace scsimpath {

/// - write_same_unmap: WRITE SAME(16) of a zero block; the disk may give the space back
/// - write_same: the same without that
/// - unmap: UNMAP, which is a hint; then `verify` asks what came of it, by GET LBA STATUS
/// - write: WRITE of zeros, which every disk can
enum class ZeroBy : std::uint8_t { write_same_unmap, write_same, unmap, verify, write };

/// What the disk says it can, and what it has refused since. Any thread.
class Zeroing {
 public:
  /// One block, or as many as one WRITE moves; only read.
  static constexpr std::uint32_t most_zeros = 1U << 20;
  [[nodiscard]] static Bytes zeros(std::uint32_t size) noexcept;

  /// Of a path that has just been looked at.
  void learn(const Provisioning& told) noexcept;
  /// It did not do so: another way from now on.
  void refused(ZeroBy how) noexcept;

  [[nodiscard]] ZeroBy choose(bool discard) const noexcept;
  /// What to do first with `blocks` blocks from `lba` on; shortens them to one command's worth.
  [[nodiscard]] ZeroBy plan(bool discard, std::uint64_t lba, std::uint64_t& blocks,
                            std::uint32_t block_size) const noexcept;

  /// Blocks without space read as zeros, and the disk tells which they are.
  [[nodiscard]] bool tells_holes() const noexcept;
  void does_not_tell_holes() noexcept { no_status_.store(true, std::memory_order_relaxed); }

 private:
  // What was told; a mixture of two tellings does no harm: a command is refused at worst.
  std::atomic<bool> thin_{false};  ///< and reads as zeros
  std::atomic<bool> unmap_{false};
  std::atomic<bool> write_same_unmaps_{false};
  std::atomic<std::uint32_t> max_unmap_{0};
  std::atomic<std::uint32_t> granularity_{1};
  std::atomic<std::uint32_t> alignment_{0};
  std::atomic<std::uint64_t> max_write_same_{0};

  std::atomic<bool> no_write_same_unmap_{false};
  std::atomic<bool> no_write_same_{false};
  std::atomic<bool> no_unmap_{false};
  std::atomic<bool> no_status_{false};
};

}  // namespace scsimpath
