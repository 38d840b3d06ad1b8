// SPDX-License-Identifier: LGPL-2.1-or-later
// Which names and inodes there are.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inode.h"
#include "mutex.h"
#include "scsimpath/head.h"

namespace scsimpath::fuse {

struct Node {
  enum class Kind : std::uint8_t { directory, disk, control, link, status, metrics, events };
  Kind kind = Kind::directory;
  Inode inode = 0;
  std::shared_ptr<Head> head;  ///< of a disk, a control file and a link
  std::string target;          ///< of a link
};

struct Entry {
  std::string name;
  Inode inode = 0;
  mode_t type = 0;  ///< S_IFDIR, …
};

/// The fixed entries and those of the heads. Any thread.
class Tree {
 public:
  [[nodiscard]] std::optional<Node> find(Inode inode) const;
  [[nodiscard]] std::optional<Node> lookup(Inode parent, std::string_view name) const;
  /// The entries of a directory, with `.` and `..`.
  [[nodiscard]] std::vector<Entry> list(Inode directory) const;

  /// A head with a name that is there already is left out.
  void add(const std::shared_ptr<Head>& head);
  void remove(const std::shared_ptr<Head>& head);
  /// The inode of a head's disk file, 0 when it is not there.
  [[nodiscard]] Inode disk_inode(const Head& head) const;
  /// Where names of a head stand: parent and name.
  struct Place {
    Inode parent;
    std::string name;
  };
  [[nodiscard]] static std::vector<Place> places(const Head& head);
  /// Sum of the capacities.
  [[nodiscard]] std::uint64_t total_size() const;

 private:
  struct HeadEntry {
    std::shared_ptr<Head> head;
    Inode first;
  };
  using Heads = std::map<std::string, HeadEntry, std::less<>>;
  [[nodiscard]] static Node node_of(const HeadEntry& entry, HeadInode which);
  [[nodiscard]] const HeadEntry* by_link(std::string_view name, HeadInode& which) const
      REQUIRES(mutex_);

  mutable Mutex mutex_;             // a leaf
  Heads heads_ GUARDED_BY(mutex_);  ///< by name
};

/// udev's name for a WWID, `wwn-0x…`; empty where udev gives none.
[[nodiscard]] std::string udev_name(std::string_view wwid);

}  // namespace scsimpath::fuse
