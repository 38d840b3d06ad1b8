// SPDX-License-Identifier: LGPL-2.1-or-later
// Names, attributes and directories.
#include <sys/statvfs.h>

#include <algorithm>
#include <climits>
#include <memory>
#include <vector>

#include "attributes.h"
#include "operations.h"
#include "service.h"

namespace scsimpath::fuse {

namespace {

/// Seconds that the kernel may use an answer. What changes is told to it as well (notifier.h).
constexpr double valid_for = 1.0;

void lookup(fuse_req_t req, fuse_ino_t parent, const char* name) {
  const Service& service = Service::of(req);
  const auto node = service.tree.lookup(parent, name);
  if (!node) {
    fuse_reply_err(req, ENOENT);
    return;
  }
  fuse_entry_param entry{};
  entry.ino = node->inode;
  entry.attr = attributes(*node, service.options, service.mounted);
  entry.attr_timeout = entry.entry_timeout = valid_for;
  fuse_reply_entry(req, &entry);
}

void getattr(fuse_req_t req, fuse_ino_t inode, fuse_file_info* /*info*/) {
  const Service& service = Service::of(req);
  const auto node = service.tree.find(inode);
  if (!node) {
    fuse_reply_err(req, ENOENT);
    return;
  }
  const struct stat attr = attributes(*node, service.options, service.mounted);
  fuse_reply_attr(req, &attr, valid_for);
}

/// 0, or why the change cannot be. Times may be set and are forgotten, as `touch` wants it.
int check_change(const Node& node, const struct stat& now, const struct stat& wanted, int what) {
  if ((what & FUSE_SET_ATTR_MODE) != 0 && (wanted.st_mode & 07777) != (now.st_mode & 07777)) {
    return EPERM;
  }
  if ((what & FUSE_SET_ATTR_UID) != 0 && wanted.st_uid != now.st_uid) return EPERM;
  if ((what & FUSE_SET_ATTR_GID) != 0 && wanted.st_gid != now.st_gid) return EPERM;
  if ((what & FUSE_SET_ATTR_SIZE) == 0) return 0;
  // A disk has its size: to empty it is what writers of plain files do first, and means nothing.
  if (node.kind != Node::Kind::disk && node.kind != Node::Kind::control) return EPERM;
  return wanted.st_size == 0 || wanted.st_size == now.st_size ? 0 : EINVAL;
}

void setattr(fuse_req_t req, fuse_ino_t inode, struct stat* wanted, int what,
             fuse_file_info* /*info*/) {
  const Service& service = Service::of(req);
  const auto node = service.tree.find(inode);
  if (!node) {
    fuse_reply_err(req, ENOENT);
    return;
  }
  const struct stat now = attributes(*node, service.options, service.mounted);
  if (const int error = check_change(*node, now, *wanted, what); error != 0) {
    fuse_reply_err(req, error);
    return;
  }
  fuse_reply_attr(req, &now, valid_for);
}

void readlink(fuse_req_t req, fuse_ino_t inode) {
  const auto node = Service::of(req).tree.find(inode);
  if (!node || node->kind != Node::Kind::link) {
    fuse_reply_err(req, EINVAL);
    return;
  }
  fuse_reply_readlink(req, node->target.c_str());
}

using Listing = std::vector<Entry>;

void opendir(fuse_req_t req, fuse_ino_t inode, fuse_file_info* info) {
  const auto node = Service::of(req).tree.find(inode);
  if (!node || node->kind != Node::Kind::directory) {
    fuse_reply_err(req, ENOTDIR);
    return;
  }
  Service& service = Service::of(req);
  info->fh = service.open_directories.add(std::make_shared<Listing>(service.tree.list(inode)));
  if (fuse_reply_open(req, info) != 0) service.open_directories.remove(info->fh);
}

void readdir(fuse_req_t req, fuse_ino_t /*inode*/, std::size_t size, off_t offset,
             fuse_file_info* info) {
  const Listing& listing = *reinterpret_cast<const Listing*>(info->fh);
  std::vector<char> buffer(size);
  std::size_t used = 0;
  for (auto i = static_cast<std::size_t>(offset); i < listing.size(); ++i) {
    struct stat attr {};
    attr.st_ino = listing[i].inode;
    attr.st_mode = listing[i].type;
    const std::size_t needed =
        fuse_add_direntry(req, buffer.data() + used, size - used, listing[i].name.c_str(), &attr,
                          static_cast<off_t>(i + 1));
    if (needed > size - used) break;
    used += needed;
  }
  fuse_reply_buf(req, buffer.data(), used);
}

void releasedir(fuse_req_t req, fuse_ino_t /*inode*/, fuse_file_info* info) {
  Service::of(req).open_directories.remove(info->fh);
  fuse_reply_err(req, 0);
}

void statfs(fuse_req_t req, fuse_ino_t /*inode*/) {
  constexpr unsigned long block = 4096;
  struct statvfs answer {};
  answer.f_bsize = answer.f_frsize = block;
  answer.f_blocks = Service::of(req).tree.total_size() / block;
  answer.f_namemax = NAME_MAX;
  fuse_reply_statfs(req, &answer);
}

}  // namespace

void add_directory_operations(fuse_lowlevel_ops& table) noexcept {
  table.lookup = guarded<lookup>;
  table.getattr = guarded<getattr>;
  table.setattr = guarded<setattr>;
  table.readlink = guarded<readlink>;
  table.opendir = guarded<opendir>;
  table.readdir = guarded<readdir>;
  table.releasedir = guarded<releasedir>;
  table.statfs = guarded<statfs>;
}

}  // namespace scsimpath::fuse
