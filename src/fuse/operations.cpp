// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of operations, and the refusals.
#include "operations.h"

#include "io_request.h"
#include "service.h"

namespace scsimpath::fuse {

namespace {

/// Instead of ENOSYS, which people take for a broken program.
template <class... Args>
void refuse(fuse_req_t req, Args...) noexcept {
  fuse_reply_err(req, EPERM);
}

void init(void* service, fuse_conn_info* connection) noexcept {
  // One of them per head is held without end when its paths are away: the kernel's default of 12
  // background requests would then stop the asynchronous I/O of all heads. But with as many as
  // there are buffers nobody could read what is no I/O any more: the rest waits in the kernel.
  connection->max_background = static_cast<Service*>(service)->pool.most_in_background();
  connection->congestion_threshold = connection->max_background;
  connection->max_read = max_payload;  // as the mount option says
  // `dd of=FILE` opens with O_TRUNC: as SETATTR it can be told from a write.
  connection->want &= ~static_cast<unsigned>(FUSE_CAP_ATOMIC_O_TRUNC);
  // Data goes between the message buffer and the disk; a pipe in between is one copy more.
  connection->want &=
      ~static_cast<unsigned>(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
  connection->want |= connection->capable & (FUSE_CAP_ASYNC_READ | FUSE_CAP_ASYNC_DIO);
}

fuse_lowlevel_ops make_table() noexcept {
  fuse_lowlevel_ops table{};
  table.init = &init;
  table.mknod = &refuse<fuse_ino_t, const char*, mode_t, dev_t>;
  table.mkdir = &refuse<fuse_ino_t, const char*, mode_t>;
  table.unlink = &refuse<fuse_ino_t, const char*>;
  table.rmdir = &refuse<fuse_ino_t, const char*>;
  table.symlink = &refuse<const char*, fuse_ino_t, const char*>;
  table.rename = &refuse<fuse_ino_t, const char*, fuse_ino_t, const char*, unsigned>;
  table.link = &refuse<fuse_ino_t, fuse_ino_t, const char*>;
  table.create = &refuse<fuse_ino_t, const char*, mode_t, fuse_file_info*>;
  add_directory_operations(table);
  add_file_operations(table);
  add_xattr_operations(table);
  return table;
}

}  // namespace

const fuse_lowlevel_ops& operations() noexcept {
  static const fuse_lowlevel_ops table = make_table();
  return table;
}

}  // namespace scsimpath::fuse
