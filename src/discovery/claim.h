// SPDX-License-Identifier: LGPL-2.1-or-later
// Keeps others from using a path's block device by accident.
#pragma once

#include <memory>

#include "fd.h"
#include "scsi_device.h"
#include "scsimpath/result.h"

namespace scsimpath::discovery {

/// While it lives mkfs, mount, mdadm and LVM are refused on the disk and its partitions: their
/// exclusive open meets this one. A program that does not ask for exclusive use, like dd, is not.
/// The open is for reading, or udev would announce a change at every close. A locked file in
/// /run/scsimpath says the same to udev's rules (60-scsimpath.rules), which mark the disk for
/// automounters and LVM's scans.
class Claim {
 public:
  /// May block for as long as the kernel likes. EBUSY: somebody has the disk. A device without a
  /// block node needs none.
  [[nodiscard]] static Result<std::unique_ptr<Claim>> take(const ScsiDevice& device);
  /// Whether `take` would find the disk free, by holding it for a moment. Sends nothing to a disk
  /// that somebody has; else, and for its errors, as `take`.
  [[nodiscard]] static Result<void> check(const ScsiDevice& device);
  /// May block likewise.
  ~Claim();
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

 private:
  Claim(const ScsiDevice& device, Fd block);
  void mark();
  void announce() const noexcept;

  const std::string block_name_;
  const std::string mark_file_;
  Fd block_;
  Fd mark_;
};

}  // namespace scsimpath::discovery
