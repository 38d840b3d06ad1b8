// SPDX-License-Identifier: LGPL-2.1-or-later
// Puts an emulated disk together.
#include "open_disk.h"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "identity.h"
#include "image.h"
#include "logical_unit.h"
#include "port.h"

namespace scsimpath::emulated {
namespace {

/// All that can be wrong before the image is looked at, so that none is made in vain.
Result<void> check(const DiskSettings& settings) {
  if (settings.image.empty()) return fail(EINVAL, "emulated disk: no image is named");
  if (settings.block_size != 512 && settings.block_size != 4096) {
    return fail(EINVAL, fmt::format("block_size={}: it is 512 or 4096", settings.block_size));
  }
  if (settings.paths == 0 || settings.paths > DiskSettings::max_paths) {
    return fail(EINVAL,
                fmt::format("paths={}: it is 1 to {}", settings.paths, DiskSettings::max_paths));
  }
  if (settings.size && (*settings.size == 0 || *settings.size % settings.block_size != 0)) {
    return fail(EINVAL, fmt::format("size={}: it is a multiple of the block size {}",
                                    *settings.size, settings.block_size));
  }
  return check_wwid(settings.wwid);
}

}  // namespace

Result<OpenDisk> open_disk(const DiskSettings& settings, Runtime& runtime) {
  if (auto checked = check(settings); !checked) return std::unexpected(checked.error());
  auto image = Image::open(settings);
  if (!image) return std::unexpected(image.error());
  auto identity = make_identity(settings.wwid, image->real_path());
  if (!identity) return std::unexpected(identity.error());

  OpenDisk disk;
  disk.made_image = image->made();
  disk.wwid = identity->wwid;
  const LogicalUnit::Properties properties{.block_size = settings.block_size,
                                           .thin = settings.thin,
                                           .lbprz = settings.lbprz,
                                           .unmap_ignore = settings.unmap_ignore,
                                           .volatile_cache = settings.volatile_cache};
  const auto unit = std::make_shared<LogicalUnit>(std::move(*image), std::move(*identity),
                                                  properties, settings.paths);
  for (unsigned number = 0; number < settings.paths; ++number) {
    disk.paths.push_back(std::make_unique<Port>(unit, number, runtime));
  }
  return disk;
}

}  // namespace scsimpath::emulated
