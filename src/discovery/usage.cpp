// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads mounts, swaps and holders.
#include "usage.h"

#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <system_error>
#include <vector>

#include "text.h"

namespace scsimpath::discovery {

namespace fs = std::filesystem;

namespace {

/// proc(5): the third field is the number of the device, the fifth where it is mounted.
std::optional<std::string> mount_point(const fs::path& proc, std::string_view number) {
  std::ifstream table(proc / "self/mountinfo");
  for (std::string line; std::getline(table, line);) {
    const auto fields = split(line, ' ');
    if (fields.size() > 4 && fields[2] == number) return std::string(fields[4]);
  }
  return std::nullopt;
}

bool is_swap(const fs::path& proc, std::string_view name) {
  std::ifstream table(proc / "swaps");
  for (std::string line; std::getline(table, line);) {
    if (line.substr(0, line.find_first_of(" \t")) == fmt::format("/dev/{}", name)) return true;
  }
  return false;
}

std::vector<std::string> holders(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder / "holders", error)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

}  // namespace

std::string user_of(const ScsiDevice& device, const Sysfs& sysfs, const fs::path& proc) {
  for (const std::string& name : sysfs.block_names(device)) {
    const fs::path folder = sysfs.root() / "class/block" / name;
    if (const auto held = holders(folder); !held.empty()) {
      return fmt::format("/dev/{} is held by {}", name, join(held, " and "));
    }
    if (const auto number = read_line(folder / "dev")) {
      if (const auto place = mount_point(proc, *number)) {
        return fmt::format("/dev/{} is mounted on {}", name, *place);
      }
    }
    if (is_swap(proc, name)) return fmt::format("/dev/{} is swap", name);
  }
  return {};
}

}  // namespace scsimpath::discovery
