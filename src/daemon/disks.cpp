// SPDX-License-Identifier: LGPL-2.1-or-later
// From sections of the configuration to transports.
#include "disks.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "log.h"
#include "open_disk.h"
#include "system_error.h"

namespace scsimpath::daemon {
namespace {

emulated::DiskSettings to_settings(const settings::EmulatedDisk& disk) {
  return {.image = disk.image,
          .size = disk.size,
          .paths = disk.paths,
          .block_size = disk.block_size,
          .wwid = disk.wwid,
          .thin = disk.thin,
          .lbprz = disk.lbprz,
          .unmap_ignore = disk.unmap_ignore,
          .volatile_cache = disk.volatile_cache,
          .read_only = disk.read_only};
}

}  // namespace

Disks::~Disks() {
  for (const std::string& image : made_) {
    if (::unlink(image.c_str()) != 0) log::warn("{}: {}", image, error_text(errno));
  }
}

Result<void> Disks::open(const settings::Configuration& configuration, Runtime& runtime) {
  for (const settings::DiskSection& section : configuration.contents.disks) {
    auto opened = emulated::open_disk(to_settings(section.disk), runtime);
    if (!opened) return std::unexpected(opened.error());
    if (opened->made_image) made_.push_back(section.disk.image);
    for (const Disk& other : disks_) {
      if (other.wwid != opened->wwid) continue;
      return fail(EINVAL,
                  fmt::format("{} and {}: have the same wwid {}: give one another with wwid=",
                              other.image, section.disk.image, other.wwid));
    }
    disks_.push_back({section.disk.image, std::move(opened->wwid), std::move(opened->paths)});
  }
  return {};
}

std::vector<std::string> Disks::wwids() const {
  std::vector<std::string> wwids;
  for (const Disk& disk : disks_) wwids.push_back(disk.wwid);
  return wwids;
}

}  // namespace scsimpath::daemon
