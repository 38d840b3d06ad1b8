// SPDX-License-Identifier: LGPL-2.1-or-later
// The xattrs of heads' files and of their control files.
#include <sys/xattr.h>

#include <memory>
#include <string>
#include <string_view>

#include "head_xattrs.h"
#include "operations.h"
#include "service.h"

namespace scsimpath::fuse {

namespace {

/// Null where there are no xattrs.
std::shared_ptr<Head> head_of(fuse_req_t req, fuse_ino_t inode) {
  const auto node = Service::of(req).tree.find(inode);
  if (!node || node->kind == Node::Kind::link) return nullptr;
  return node->head;
}

/// The value or, asked with no room, its size.
void reply_value(fuse_req_t req, std::string_view value, std::size_t room) {
  if (room == 0) {
    fuse_reply_xattr(req, value.size());
  } else if (room < value.size()) {
    fuse_reply_err(req, ERANGE);
  } else {
    fuse_reply_buf(req, value.data(), value.size());
  }
}

void getxattr(fuse_req_t req, fuse_ino_t inode, const char* name, std::size_t room) {
  const auto head = head_of(req, inode);
  const auto value = head != nullptr ? get_xattr(*head, name) : fail(ENODATA, "");
  if (!value) {
    fuse_reply_err(req, value.error().number);
    return;
  }
  reply_value(req, *value, room);
}

void listxattr(fuse_req_t req, fuse_ino_t inode, std::size_t room) {
  std::string names;
  if (const auto head = head_of(req, inode)) {
    for (const std::string& name : xattr_names(head->status())) (names += name) += '\0';
  }
  reply_value(req, names, room);
}

bool may_set(fuse_req_t req) {
  const uid_t caller = fuse_req_ctx(req)->uid;
  return caller == 0 || caller == Service::of(req).options.uid;
}

void setxattr(fuse_req_t req, fuse_ino_t inode, const char* name, const char* value,
              std::size_t size, int flags) {
  const auto head = head_of(req, inode);
  if (head == nullptr) {
    fuse_reply_err(req, EOPNOTSUPP);
    return;
  }
  int error = 0;
  if (!may_set(req)) {
    error = EACCES;  // as the file's mode says it; EPERM is an attribute that nobody can set
  } else if ((flags & XATTR_CREATE) != 0) {
    error = parse_xattr_name(name) ? EEXIST : ENODATA;
  } else if (const auto set =
                 set_xattr(*head, name, std::string_view(value, size),
                           Service::of(req).settings_mutex, Service::of(req).options.permit);
             !set) {
    error = set.error().number;
  }
  fuse_reply_err(req, error);
}

void removexattr(fuse_req_t req, fuse_ino_t inode, const char* name) {
  const auto head = head_of(req, inode);
  fuse_reply_err(req, head != nullptr && get_xattr(*head, name) ? EPERM : ENODATA);
}

}  // namespace

void add_xattr_operations(fuse_lowlevel_ops& table) noexcept {
  table.getxattr = guarded<getxattr>;
  table.setxattr = guarded<setxattr>;
  table.listxattr = guarded<listxattr>;
  table.removexattr = guarded<removexattr>;
}

}  // namespace scsimpath::fuse
