// SPDX-License-Identifier: LGPL-2.1-or-later
// Opening files, and handing what is done with them to the open file.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "head_file.h"
#include "metrics.h"
#include "operations.h"
#include "service.h"
#include "status_json.h"
#include "text_file.h"

namespace scsimpath::fuse {

namespace {

std::vector<HeadStatus> all_heads(const Service& service) {
  std::vector<HeadStatus> heads;
  for (const auto& head : service.registry.heads()) heads.push_back(head->status());
  return heads;
}

std::string status_text(const Service& service) {
  const std::chrono::duration<double> uptime = service.runtime.clock.now() - service.started;
  ProgramStatus program{SCSIMPATH_VERSION, getpid(), uptime.count(), service.options.source};
  if (service.options.candidates) program.candidates = service.options.candidates();
  return status_json(program, all_heads(service));
}

std::unique_ptr<OpenFile> make_file(Service& service, const Node& node) {
  switch (node.kind) {
    case Node::Kind::disk:
      return std::make_unique<HeadFile>(node.head, service.head_users, service.options.page_cache);
    case Node::Kind::status:
      return std::make_unique<TextFile>(status_text(service));
    case Node::Kind::metrics:
      return std::make_unique<TextFile>(metrics_text(all_heads(service)));
    case Node::Kind::control:
      return std::make_unique<TextFile>("");
    case Node::Kind::events:
      return service.readers.open();
    case Node::Kind::directory:
    case Node::Kind::link:
      break;
  }
  return nullptr;
}

/// 0, or why it cannot be opened like that.
int check_open(const Node& node, int flags) {
  if ((flags & O_ACCMODE) == O_RDONLY) return 0;
  switch (node.kind) {
    case Node::Kind::disk:
      return node.head->geometry().read_only ? EROFS : 0;
    case Node::Kind::control:
      return 0;
    case Node::Kind::status:
    case Node::Kind::metrics:
    case Node::Kind::events:
    case Node::Kind::directory:
    case Node::Kind::link:
      break;
  }
  return EACCES;
}

void open(fuse_req_t req, fuse_ino_t inode, fuse_file_info* info) {
  Service& service = Service::of(req);
  const auto node = service.tree.find(inode);
  if (!node) {
    fuse_reply_err(req, ENOENT);
    return;
  }
  if (const int error = check_open(*node, info->flags); error != 0) {
    fuse_reply_err(req, error);
    return;
  }
  const std::shared_ptr<OpenFile> file = make_file(service, *node);
  if (file == nullptr) {
    fuse_reply_err(req, EINVAL);
    return;
  }
  // libfuse 3.14 has no name for FOPEN_PARALLEL_DIRECT_WRITES: the kernel's own answer has.
  fuse_open_out answer{};
  answer.fh = service.open_files.add(file);
  answer.open_flags = file->open_flags();
  if (fuse_reply_buf(req, reinterpret_cast<const char*>(&answer), sizeof(answer)) != 0) {
    service.open_files.remove(answer.fh);
  }
}

void release(fuse_req_t req, fuse_ino_t /*inode*/, fuse_file_info* info) {
  Service::of(req).open_files.remove(info->fh);
  fuse_reply_err(req, 0);
}

void read(fuse_req_t req, fuse_ino_t /*inode*/, std::size_t size, off_t offset,
          fuse_file_info* info) {
  OpenFile::of(*info).read(req, size, offset, info->flags);
}

void write(fuse_req_t req, fuse_ino_t /*inode*/, const char* data, std::size_t size, off_t offset,
           fuse_file_info* info) {
  OpenFile::of(*info).write(req, data, size, offset, info->flags);
}

void flush(fuse_req_t req, fuse_ino_t /*inode*/, fuse_file_info* info) {
  OpenFile::of(*info).flush(req);
}

void fsync(fuse_req_t req, fuse_ino_t /*inode*/, int /*data_only*/, fuse_file_info* info) {
  OpenFile::of(*info).fsync(req);
}

void lseek(fuse_req_t req, fuse_ino_t /*inode*/, off_t offset, int whence, fuse_file_info* info) {
  OpenFile::of(*info).lseek(req, offset, whence);
}

void fallocate(fuse_req_t req, fuse_ino_t /*inode*/, int mode, off_t offset, off_t length,
               fuse_file_info* info) {
  OpenFile::of(*info).fallocate(req, mode, offset, length);
}

void ioctl(fuse_req_t req, fuse_ino_t /*inode*/, unsigned command, void* /*argument*/,
           fuse_file_info* info, unsigned flags, const void* /*in*/, std::size_t /*in_size*/,
           std::size_t out_size) {
  if ((flags & FUSE_IOCTL_DIR) != 0) {
    fuse_reply_err(req, ENOTTY);
    return;
  }
  OpenFile::of(*info).ioctl(req, command, out_size);
}

void poll(fuse_req_t req, fuse_ino_t /*inode*/, fuse_file_info* info, fuse_pollhandle* handle) {
  OpenFile::of(*info).poll(req, handle);
}

}  // namespace

void add_file_operations(fuse_lowlevel_ops& table) noexcept {
  table.open = guarded<open>;
  table.release = guarded<release>;
  table.read = guarded<read>;
  table.write = guarded<write>;
  table.flush = guarded<flush>;
  table.fsync = guarded<fsync>;
  table.lseek = guarded<lseek>;
  table.fallocate = guarded<fallocate>;
  table.ioctl = guarded<ioctl>;
  table.poll = guarded<poll>;
}

}  // namespace scsimpath::fuse
