// SPDX-License-Identifier: LGPL-2.1-or-later
// Opens devices as paths, away from everybody who must not wait.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>

#include "admission.h"
#include "disk_identity.h"
#include "scsi_device.h"
#include "scsimpath/transport.h"

namespace scsimpath::discovery {

struct OpenedPath {
  DiskIdentity identity;
  std::unique_ptr<Transport> transport;
};

class PathOpener {
 public:
  /// Whether a device that has told who it is may be claimed and served.
  using Admit = std::function<std::optional<Refusal>(const DiskIdentity&)>;
  using Opened = std::function<void(std::expected<OpenedPath, Refusal>)>;

  PathOpener() = default;
  PathOpener(const PathOpener&) = delete;
  PathOpener& operator=(const PathOpener&) = delete;
  virtual ~PathOpener() = default;

  /// Asks the device who it is, and if it is admitted opens and claims it. Neither waits here nor
  /// holds up devices of other hosts; both functions are called on threads of the opener's,
  /// `opened` once, or never when the opener has ended. One that was in use before is not asked
  /// before it is free: the answer, a unit attention say, may be meant for who uses it.
  virtual void open(ScsiDevice device, bool was_in_use, Admit admit, Opened opened) = 0;
};

}  // namespace scsimpath::discovery
