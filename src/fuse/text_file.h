// SPDX-License-Identifier: LGPL-2.1-or-later
// A file whose text was made when it was opened: status, metrics, and the empty control files.
#pragma once

#include <string>
#include <utility>

#include "open_file.h"

namespace scsimpath::fuse {

class TextFile final : public OpenFile {
 public:
  explicit TextFile(std::string text) noexcept : text_(std::move(text)) {}

  void read(fuse_req_t req, std::size_t size, off_t offset, int flags) override;

 private:
  const std::string text_;
};

}  // namespace scsimpath::fuse
