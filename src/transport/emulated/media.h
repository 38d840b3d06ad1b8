// SPDX-License-Identifier: LGPL-2.1-or-later
// What the blocks of an emulated disk hold: the image, and what a thin disk makes of it.
#pragma once

#include <cstdint>
#include <memory>

#include "image.h"
#include "scsimpath/bytes.h"
#include "volatile_cache.h"

namespace scsimpath::emulated {

struct MediaProperties {
  std::uint32_t block_size = 512;
  bool thin = true;   ///< blocks can be given back, and are until they are first written
  bool lbprz = true;  ///< such blocks read as zeros; else as anything
  /// UNMAP of part of a granule changes nothing, and WRITE SAME does not unmap.
  bool unmap_ignore = false;
  bool volatile_cache = false;  ///< what is written is lost with the power until it is flushed

  [[nodiscard]] bool write_same_unmaps() const noexcept { return thin && !unmap_ignore; }
};

/// A hole of the image is what was given back. Offsets and lengths in bytes, of whole blocks within
/// the image; errors as errno, 0 for none. Every method: any thread.
class Media {
 public:
  /// What a file system usually keeps together; bytes.
  static constexpr std::uint32_t granule = 4096;

  struct Run {
    bool deallocated = false;
    std::uint64_t end = 0;  ///< of the blocks that are alike; bytes, whole blocks
  };

  Media(Image image, const MediaProperties& properties);

  [[nodiscard]] std::uint64_t size() const noexcept { return image_.size(); }
  [[nodiscard]] bool read_only() const noexcept { return image_.read_only(); }

  [[nodiscard]] Image::Moved read(std::uint64_t offset, Bytes to) const noexcept;
  [[nodiscard]] Image::Moved write(std::uint64_t offset, ConstBytes from) const noexcept;
  [[nodiscard]] int flush() const noexcept;
  /// What has not been flushed is gone, where the cache is volatile.
  void lose_power() const noexcept;

  /// Writes one block over and over.
  [[nodiscard]] int write_same(std::uint64_t offset, std::uint64_t length,
                               ConstBytes block) const noexcept;
  /// Gives back whole granules; all of it reads as zeros afterwards.
  [[nodiscard]] int punch(std::uint64_t offset, std::uint64_t length) const noexcept;
  /// As UNMAP: a hint.
  [[nodiscard]] int unmap(std::uint64_t offset, std::uint64_t length) const noexcept;
  /// Bytes of all blocks that have space.
  [[nodiscard]] std::uint64_t allocated() const noexcept { return image_.allocated(); }
  /// Blocks from `offset` on that are alike.
  [[nodiscard]] Run run_at(std::uint64_t offset) const noexcept;

 private:
  [[nodiscard]] int write_back() const noexcept;
  [[nodiscard]] Run image_run_at(std::uint64_t offset) const noexcept;
  [[nodiscard]] Image::Moved read_image(std::uint64_t offset, Bytes to) const noexcept;

  const Image image_;
  const MediaProperties properties_;
  const std::unique_ptr<VolatileCache> cache_;  ///< null: none
};

}  // namespace scsimpath::emulated
