// SPDX-License-Identifier: LGPL-2.1-or-later
// Holes as blocks without space.
#include "media.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace scsimpath::emulated {

namespace {
/// What somebody reads who trusts that blocks given back are zero where the disk does not say so.
constexpr std::uint8_t anything = 0xa5;
}  // namespace

Media::Media(Image image, const MediaProperties& properties) noexcept
    : image_(std::move(image)), properties_(properties) {}

Image::Moved Media::read(std::uint64_t offset, Bytes to) const noexcept {
  const Image::Moved moved = image_.read(offset, to);
  if (!properties_.thin || properties_.lbprz) return moved;
  const std::uint64_t end = offset + moved.bytes;
  for (std::uint64_t at = offset; at < end;) {
    const Run run = run_at(at);
    const std::uint64_t run_end = std::min(run.end, end);
    if (run.deallocated) std::ranges::fill(to.subspan(at - offset, run_end - at), anything);
    at = run_end;
  }
  return moved;
}

int Media::write_same(std::uint64_t offset, std::uint64_t length, ConstBytes block) const noexcept {
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
  const int error = image_.punch(offset, length);
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
