// SPDX-License-Identifier: LGPL-2.1-or-later
// A WWID's hash as inode number.
#include "inode.h"

namespace scsimpath::fuse {

Inode first_inode(std::string_view wwid) noexcept {
  // FNV-1a: defined once and for all, unlike std::hash.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : wwid) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
  // Not among the fixed ones, and positive also where somebody takes it for signed.
  constexpr Inode first_free = 1 << 10;
  return ((hash >> 1) / inodes_per_head * inodes_per_head) | first_free;
}

}  // namespace scsimpath::fuse
