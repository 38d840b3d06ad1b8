// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading /proc/PID/stat, without allocating.
#include "caller.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "fd.h"
#include "text.h"

namespace scsimpath::fuse {

bool is_exiting(pid_t thread) noexcept {
  if (thread <= 0) return false;
  std::array<char, 32> path;
  (void)std::snprintf(path.data(), path.size(), "/proc/%d/stat", thread);
  const Fd file(open(path.data(), O_RDONLY | O_CLOEXEC));
  if (!file) return false;
  std::array<char, 512> buffer;
  const ssize_t length = read(file.get(), buffer.data(), buffer.size());
  if (length <= 0) return false;

  // PID (NAME) STATE PPID PGRP SESSION TTY TPGID FLAGS …; the name may hold blanks and brackets.
  std::string_view text(buffer.data(), static_cast<std::size_t>(length));
  const auto bracket = text.rfind(") ");
  if (bracket == std::string_view::npos) return false;
  text.remove_prefix(bracket + 2);
  for (int field = 0; field < 6; ++field) {
    const auto blank = text.find(' ');
    if (blank == std::string_view::npos) return false;
    text.remove_prefix(blank + 1);
  }
  constexpr unsigned long exiting = 0x4;  // the kernel's PF_EXITING
  const auto flags = parse_number<unsigned long>(text.substr(0, text.find(' ')));
  return flags && (*flags & exiting) != 0;
}

}  // namespace scsimpath::fuse
