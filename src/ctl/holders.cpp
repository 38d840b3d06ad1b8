// SPDX-License-Identifier: LGPL-2.1-or-later
// Who has a head's file open.
#include "holders.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace scsimpath::ctl {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

bool is_one_of(const std::string& path, const std::vector<std::string>& paths) {
  return std::ranges::find(paths, path) != paths.end();
}

/// The links of /proc are read, never followed: that would ask the mount.
bool has_link_to(const fs::path& folder, const std::vector<std::string>& paths) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code unreadable;
    if (is_one_of(fs::read_symlink(entry->path(), unreadable).string(), paths)) return true;
  }
  return false;
}

void add_processes(const std::vector<std::string>& paths, std::vector<std::string>& holders) {
  const std::string self = fmt::format("{}", ::getpid());
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string pid = entry->path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos || pid == self) continue;
    if (has_link_to(entry->path() / "fd", paths) ||
        has_link_to(entry->path() / "map_files", paths)) {
      holders.push_back(fmt::format("process {} ({})", pid, first_line(entry->path() / "comm")));
    }
  }
}

/// A loop device keeps its file open in the kernel, where no process shows it.
void add_loop_devices(const std::vector<std::string>& paths, std::vector<std::string>& holders) {
  std::error_code error;
  for (fs::directory_iterator entry("/sys/block", error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_one_of(first_line(entry->path() / "loop" / "backing_file"), paths)) {
      holders.push_back(fmt::format("/dev/{}", entry->path().filename().string()));
    }
  }
}

}  // namespace

std::vector<std::string> find_holders(const std::vector<std::string>& paths) {
  std::vector<std::string> holders;
  add_processes(paths, holders);
  add_loop_devices(paths, holders);
  std::ranges::sort(holders);
  return holders;
}

}  // namespace scsimpath::ctl
