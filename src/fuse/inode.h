// SPDX-License-Identifier: LGPL-2.1-or-later
// Inode numbers: the fixed ones, and those that follow from a WWID.
#pragma once

#include <cstdint>
#include <string_view>

namespace scsimpath::fuse {

using Inode = std::uint64_t;

namespace inode {
inline constexpr Inode root = 1;
inline constexpr Inode by_id = 2;
inline constexpr Inode control = 3;
inline constexpr Inode heads = 4;
inline constexpr Inode status = 5;
inline constexpr Inode metrics = 6;
inline constexpr Inode events = 7;
}  // namespace inode

/// The inodes that one head has; the value is the offset from the head's first.
enum class HeadInode : std::uint8_t { disk, control, wwid_link, udev_link };
inline constexpr Inode inodes_per_head = 4;

/// The first inode of the head with a WWID, the same in every process. Other heads with the same
/// number take the next free one, `inodes_per_head` further.
[[nodiscard]] Inode first_inode(std::string_view wwid) noexcept;

}  // namespace scsimpath::fuse
