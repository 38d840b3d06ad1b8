// SPDX-License-Identifier: LGPL-2.1-or-later
// The emulated disks of a mount.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "configuration.h"
#include "scsimpath/result.h"
#include "scsimpath/runtime.h"
#include "scsimpath/transport.h"

namespace scsimpath::daemon {

/// Opens them, making the images that are missing, and takes those away again unless it is told
/// that all went well.
class Disks {
 public:
  struct Disk {
    std::string image;
    std::string wwid;
    std::vector<std::unique_ptr<Transport>> paths;
  };

  Disks() = default;
  ~Disks();
  Disks(const Disks&) = delete;
  Disks& operator=(const Disks&) = delete;

  /// All or an error. May wait for a former user of an image to end.
  [[nodiscard]] Result<void> open(const settings::Configuration& configuration, Runtime& runtime);

  [[nodiscard]] std::vector<Disk>& all() noexcept { return disks_; }
  [[nodiscard]] std::vector<std::string> wwids() const;

  void keep_images() noexcept { made_.clear(); }

 private:
  std::vector<Disk> disks_;
  std::vector<std::string> made_;
};

}  // namespace scsimpath::daemon
