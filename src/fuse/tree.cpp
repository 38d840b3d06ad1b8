// SPDX-License-Identifier: LGPL-2.1-or-later
// Names to inodes and back.
#include "tree.h"

#include <algorithm>
#include <array>

#include "text.h"

namespace scsimpath::fuse {

namespace {

struct Fixed {
  Inode inode;
  Inode parent;
  std::string_view name;
  Node::Kind kind;
};

constexpr std::array fixed{
    Fixed{inode::root, inode::root, "", Node::Kind::directory},
    Fixed{inode::by_id, inode::root, "by-id", Node::Kind::directory},
    Fixed{inode::control, inode::root, ".scsimpath", Node::Kind::directory},
    Fixed{inode::heads, inode::control, "heads", Node::Kind::directory},
    Fixed{inode::status, inode::control, "status", Node::Kind::status},
    Fixed{inode::metrics, inode::control, "metrics", Node::Kind::metrics},
    Fixed{inode::events, inode::control, "events", Node::Kind::events},
};

const Fixed* find_fixed(Inode number) {
  const auto* found =
      std::find_if(fixed.begin(), fixed.end(), [&](const Fixed& f) { return f.inode == number; });
  return found == fixed.end() ? nullptr : found;
}

Node fixed_node(const Fixed& entry) {
  return Node{entry.kind, entry.inode, nullptr, {}};
}

mode_t type_of(Node::Kind kind) {
  return kind == Node::Kind::directory ? S_IFDIR : S_IFREG;
}

Inode inode_of(Inode first, HeadInode which) {
  return first + static_cast<Inode>(which);
}

}  // namespace

std::string udev_name(std::string_view wwid) {
  constexpr std::string_view naa = "naa.";
  if (!wwid.starts_with(naa)) return {};
  return "wwn-0x" + std::string(wwid.substr(naa.size()));
}

Node Tree::node_of(const HeadEntry& entry, HeadInode which) {
  Node node{Node::Kind::disk, inode_of(entry.first, which), entry.head, {}};
  switch (which) {
    case HeadInode::disk:
      break;
    case HeadInode::control:
      node.kind = Node::Kind::control;
      break;
    case HeadInode::wwid_link:
    case HeadInode::udev_link:
      node.kind = Node::Kind::link;
      node.target = "../" + entry.head->name();
      break;
  }
  return node;
}

std::optional<Node> Tree::find(Inode number) const {
  if (const Fixed* entry = find_fixed(number)) return fixed_node(*entry);
  const MutexLock lock(mutex_);
  for (const auto& [name, entry] : heads_) {
    if (number < entry.first || number >= entry.first + inodes_per_head) continue;
    return node_of(entry, static_cast<HeadInode>(number - entry.first));
  }
  return std::nullopt;
}

const Tree::HeadEntry* Tree::by_link(std::string_view name, HeadInode& which) const {
  for (const auto& [head_name, entry] : heads_) {
    const std::string& wwid = entry.head->wwid();
    which = HeadInode::wwid_link;
    if (escape_file_name(wwid) == name) return &entry;
    which = HeadInode::udev_link;
    if (const std::string udev = udev_name(wwid); !udev.empty() && udev == name) return &entry;
  }
  return nullptr;
}

std::optional<Node> Tree::lookup(Inode parent, std::string_view name) const {
  for (const Fixed& entry : fixed) {
    if (entry.parent == parent && entry.name == name && entry.inode != inode::root) {
      return fixed_node(entry);
    }
  }
  const MutexLock lock(mutex_);
  if (parent == inode::by_id) {
    HeadInode which{};
    const HeadEntry* entry = by_link(name, which);
    if (entry == nullptr) return std::nullopt;
    return node_of(*entry, which);
  }
  if (parent != inode::root && parent != inode::heads) return std::nullopt;
  const auto found = heads_.find(name);
  if (found == heads_.end()) return std::nullopt;
  return node_of(found->second, parent == inode::root ? HeadInode::disk : HeadInode::control);
}

std::vector<Entry> Tree::list(Inode directory) const {
  const Fixed* self = find_fixed(directory);
  std::vector<Entry> entries;
  entries.push_back({".", directory, S_IFDIR});
  entries.push_back({"..", self != nullptr ? self->parent : inode::root, S_IFDIR});
  for (const Fixed& entry : fixed) {
    if (entry.parent != directory || entry.inode == inode::root) continue;
    entries.push_back({std::string(entry.name), entry.inode, type_of(entry.kind)});
  }
  const MutexLock lock(mutex_);
  for (const auto& [name, entry] : heads_) {
    for (const Place& place : places(*entry.head)) {
      if (place.parent != directory) continue;
      HeadInode which = HeadInode::disk;
      if (directory == inode::heads) which = HeadInode::control;
      if (directory == inode::by_id) {
        which = place.name == udev_name(entry.head->wwid()) ? HeadInode::udev_link
                                                            : HeadInode::wwid_link;
      }
      entries.push_back({place.name, inode_of(entry.first, which),
                         static_cast<mode_t>(directory == inode::by_id ? S_IFLNK : S_IFREG)});
    }
  }
  return entries;
}

void Tree::add(const std::shared_ptr<Head>& head) {
  const MutexLock lock(mutex_);
  if (heads_.contains(head->name())) return;
  Inode first = first_inode(head->wwid());
  const auto taken = [&first](const auto& item) { return item.second.first == first; };
  while (std::any_of(heads_.begin(), heads_.end(), taken)) first += inodes_per_head;
  heads_.emplace(head->name(), HeadEntry{head, first});
}

void Tree::remove(const std::shared_ptr<Head>& head) {
  const MutexLock lock(mutex_);
  const auto found = heads_.find(head->name());
  if (found != heads_.end() && found->second.head == head) heads_.erase(found);
}

Inode Tree::disk_inode(const Head& head) const {
  const MutexLock lock(mutex_);
  const auto found = heads_.find(head.name());
  return found == heads_.end() ? 0 : inode_of(found->second.first, HeadInode::disk);
}

std::vector<Tree::Place> Tree::places(const Head& head) {
  std::vector<Place> places{{inode::root, head.name()},
                            {inode::heads, head.name()},
                            {inode::by_id, escape_file_name(head.wwid())}};
  if (std::string udev = udev_name(head.wwid()); !udev.empty()) {
    places.push_back({inode::by_id, std::move(udev)});
  }
  return places;
}

std::uint64_t Tree::total_size() const {
  const MutexLock lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [name, entry] : heads_) sum += entry.head->geometry().size;
  return sum;
}

}  // namespace scsimpath::fuse
