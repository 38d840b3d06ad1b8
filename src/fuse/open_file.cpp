// SPDX-License-Identifier: LGPL-2.1-or-later
// A file that is always ready.
#include "open_file.h"

#include <poll.h>

namespace scsimpath::fuse {

void OpenFile::poll(fuse_req_t req, fuse_pollhandle* handle) {
  if (handle != nullptr) fuse_pollhandle_destroy(handle);
  // ENOSYS would switch poll off for the whole mount.
  fuse_reply_poll(req, POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM);
}

}  // namespace scsimpath::fuse
