// SPDX-License-Identifier: LGPL-2.1-or-later
// Holes as blocks without space.
#include "media.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <utility>

namespace scsimpath::emulated {

namespace {
/// What somebody reads who trusts that blocks given back are zero where the disk does not say so.
constexpr std::uint8_t anything = 0xa5;
}  // namespace

Media::Media(Image image, const MediaProperties& properties)
    : image_(std::move(image)),
      properties_(properties),
      cache_(properties.volatile_cache ? std::make_unique<VolatileCache>(properties.block_size)
                                       : nullptr) {}

Image::Moved Media::read(std::uint64_t offset, Bytes to) const noexcept {
  if (cache_ == nullptr) return read_image(offset, to);
  try {
    // In this order: what moves to the image meanwhile is seen here or there.
    const VolatileCache::Blocks newer = cache_->find(offset, to.size());
    const Image::Moved moved = read_image(offset, to);
    for (const auto& [number, block] : newer) {
      const std::uint64_t at = number * properties_.block_size - offset;
      if (at >= moved.bytes) break;
      std::copy_n(block->begin(), std::min<std::uint64_t>(block->size(), moved.bytes - at),
                  to.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return moved;
  } catch (const std::bad_alloc&) {
    return {.error = ENOMEM};
  }
}

Image::Moved Media::write(std::uint64_t offset, ConstBytes from) const noexcept {
  if (cache_ == nullptr) return image_.write(offset, from);
  const std::size_t whole = from.size() / properties_.block_size * properties_.block_size;
  try {
    if (cache_->put(offset, from.first(whole))) {
      if (const int error = write_back(); error != 0) return {.bytes = whole, .error = error};
    }
    return {.bytes = whole};
  } catch (const std::bad_alloc&) {
    return {.error = ENOMEM};
  }
}

int Media::flush() const noexcept {
  const int error = write_back();
  return error != 0 ? error : image_.flush();
}

void Media::lose_power() const noexcept {
  if (cache_ != nullptr) cache_->lose();
}

int Media::write_back() const noexcept {
  if (cache_ == nullptr) return 0;
  try {
    return cache_->write_back(image_);
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
}

Image::Moved Media::read_image(std::uint64_t offset, Bytes to) const noexcept {
  const Image::Moved moved = image_.read(offset, to);
  if (!properties_.thin || properties_.lbprz) return moved;
  const std::uint64_t end = offset + moved.bytes;
  for (std::uint64_t at = offset; at < end;) {
    const Run run = image_run_at(at);
    const std::uint64_t run_end = std::min(run.end, end);
    if (run.deallocated) std::ranges::fill(to.subspan(at - offset, run_end - at), anything);
    at = run_end;
  }
  return moved;
}

int Media::write_same(std::uint64_t offset, std::uint64_t length, ConstBytes block) const noexcept {
  if (const int error = write_back(); error != 0) return error;
  // Not a byte from the heap, and not a system call for each block.
  std::array<std::uint8_t, 16U * granule> many;
  for (std::size_t at = 0; at < many.size(); at += block.size()) {
    std::ranges::copy(block, many.begin() + static_cast<std::ptrdiff_t>(at));
  }
  while (length > 0) {
    const std::size_t part = std::min<std::uint64_t>(length, many.size());
    const Image::Moved moved = image_.write(offset, ConstBytes(many).first(part));
    if (moved.error != 0) return moved.error;
    offset += part;
    length -= part;
  }
  return 0;
}

int Media::punch(std::uint64_t offset, std::uint64_t length) const noexcept {
  int error = write_back();
  if (error == 0) error = image_.punch(offset, length);
  if (error != EOPNOTSUPP) return error;
  // No holes in this file system: zeros take their place.
  constexpr std::array<std::uint8_t, granule> zeros{};
  return write_same(offset, length, ConstBytes(zeros).first(properties_.block_size));
}

int Media::unmap(std::uint64_t offset, std::uint64_t length) const noexcept {
  if (!properties_.unmap_ignore) return length == 0 ? 0 : punch(offset, length);
  const std::uint64_t begin = (offset + granule - 1) / granule * granule;
  const std::uint64_t end = (offset + length) / granule * granule;
  return begin < end ? punch(begin, end - begin) : 0;
}

Media::Run Media::run_at(std::uint64_t offset) const noexcept {
  // What is on its way to the image has space.
  if (write_back() != 0) return {.deallocated = false, .end = size()};
  return image_run_at(offset);
}

Media::Run Media::image_run_at(std::uint64_t offset) const noexcept {
  const std::uint32_t block = properties_.block_size;
  const std::uint64_t data = image_.next_data(offset);
  // A block that has space in part has space.
  const std::uint64_t hole_end = data / block * block;
  if (hole_end > offset) return {.deallocated = true, .end = hole_end};
  const std::uint64_t hole = image_.next_hole(std::max(data, offset));
  const std::uint64_t data_end = std::min((hole + block - 1) / block * block, image_.size());
  return {.deallocated = false, .end = std::max(data_end, offset + block)};
}

}  // namespace scsimpath::emulated
