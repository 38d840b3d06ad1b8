// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading a text.
#include "text_file.h"

#include <algorithm>
#include <string>

namespace scsimpath::fuse {

void TextFile::read(fuse_req_t req, std::size_t size, off_t offset, int /*flags*/) {
  // A copy: as soon as the kernel has the answer the reader may close, and another worker ends us.
  const std::string rest =
      text_.substr(std::min(text_.size(), static_cast<std::size_t>(offset)), size);
  fuse_reply_buf(req, rest.data(), rest.size());
}

}  // namespace scsimpath::fuse
