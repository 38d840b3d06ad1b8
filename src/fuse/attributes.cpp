// SPDX-License-Identifier: LGPL-2.1-or-later
// Type, mode, owner, size and times of a node.
#include "attributes.h"

#include <algorithm>
#include <bit>

namespace scsimpath::fuse {

namespace {

mode_t disk_mode(const Node& node, const Options& options) {
  constexpr mode_t write_bits = 0222;
  return S_IFREG | (node.head->geometry().read_only ? options.mode & ~write_bits : options.mode);
}

void set_sizes(struct stat& attr, const Geometry& disk, const Options& options) {
  constexpr std::uint32_t least = 4096;
  constexpr std::uint32_t most = 1U << 20;
  attr.st_size = static_cast<off_t>(disk.size);
  attr.st_blocks = static_cast<blkcnt_t>(disk.allocated / 512);
  // The kernel takes it for the size of blocks in its page cache.
  if (!options.page_cache) {
    attr.st_blksize =
        std::clamp(std::bit_floor(std::max(disk.optimal_transfer, least)), least, most);
  }
}

}  // namespace

struct stat attributes(const Node& node, const Options& options, std::time_t mounted) {
  struct stat attr {};
  attr.st_ino = node.inode;
  attr.st_nlink = 1;
  attr.st_uid = options.uid;
  attr.st_gid = options.gid;
  attr.st_blksize = 4096;
  attr.st_atim.tv_sec = attr.st_mtim.tv_sec = attr.st_ctim.tv_sec = mounted;
  switch (node.kind) {
    case Node::Kind::directory:
      attr.st_mode = S_IFDIR | 0555;
      attr.st_nlink = 2;
      break;
    case Node::Kind::disk:
      attr.st_mode = disk_mode(node, options);
      set_sizes(attr, node.head->geometry(), options);
      break;
    // An xattr can be set by those who may write the file.
    case Node::Kind::control:
      attr.st_mode = S_IFREG | options.mode;
      break;
    case Node::Kind::link:
      attr.st_mode = S_IFLNK | 0777;
      attr.st_size = static_cast<off_t>(node.target.size());
      break;
    case Node::Kind::status:
    case Node::Kind::metrics:
    case Node::Kind::events:
      attr.st_mode = S_IFREG | 0444;
      break;
  }
  return attr;
}

}  // namespace scsimpath::fuse
