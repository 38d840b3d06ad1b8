// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading a text.
#include "text_file.h"

#include <string_view>

namespace scsimpath::fuse {

void TextFile::read(fuse_req_t req, std::size_t size, off_t offset, int /*flags*/) {
  std::string_view rest = text_;
  rest.remove_prefix(std::min(rest.size(), static_cast<std::size_t>(offset)));
  rest = rest.substr(0, size);
  fuse_reply_buf(req, rest.data(), rest.size());
}

}  // namespace scsimpath::fuse
