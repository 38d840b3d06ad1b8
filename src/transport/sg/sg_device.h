// SPDX-License-Identifier: LGPL-2.1-or-later
// The system calls of one descriptor on a SCSI device: the seam for tests.
#pragma once

#include <linux/bsg.h>

namespace scsimpath::sg {

/// All results are errno values, 0 for success.
class SgDevice {
 public:
  SgDevice() = default;
  SgDevice(const SgDevice&) = delete;
  SgDevice& operator=(const SgDevice&) = delete;
  virtual ~SgDevice() = default;

  /// Once, before all others. May block.
  [[nodiscard]] virtual int open() noexcept = 0;
  /// Any number of threads at once. Returns when the kernel has done with the command, however long
  /// that takes; nothing may make it return earlier.
  [[nodiscard]] virtual int execute(sg_io_v4& header) noexcept = 0;
  /// Once, after all others. May block.
  virtual void close() noexcept = 0;
};

}  // namespace scsimpath::sg
