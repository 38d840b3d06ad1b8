// SPDX-License-Identifier: LGPL-2.1-or-later
// What libfuse is told at mount, and what it says.
#pragma once

#include <string>

#include "fuse_api.h"
#include "session.h"

namespace scsimpath::fuse {

/// The options as libfuse takes them. Throws std::bad_alloc.
class MountArguments {
 public:
  explicit MountArguments(const Options& options);
  ~MountArguments() { fuse_opt_free_args(&arguments_); }
  MountArguments(const MountArguments&) = delete;
  MountArguments& operator=(const MountArguments&) = delete;

  [[nodiscard]] fuse_args* get() noexcept { return &arguments_; }

 private:
  void add(const std::string& argument);
  fuse_args arguments_{};
};

/// `text` so that it is one option's value: `,` and `\` escaped.
[[nodiscard]] std::string escape_option(const std::string& text);

/// Collects what libfuse would print, while it lives; afterwards that goes to the log. One at a
/// time.
class LibraryMessages {
 public:
  LibraryMessages() noexcept;
  ~LibraryMessages();
  LibraryMessages(const LibraryMessages&) = delete;
  LibraryMessages& operator=(const LibraryMessages&) = delete;

  /// What it said, or else the given text.
  [[nodiscard]] std::string text(const std::string& otherwise) const;
};

}  // namespace scsimpath::fuse
