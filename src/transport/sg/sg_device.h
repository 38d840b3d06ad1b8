// SPDX-License-Identifier: LGPL-2.1-or-later
// The system calls of one descriptor on a SCSI generic node: the seam for tests.
#pragma once

#include <scsi/sg.h>
#include <stddef.h>  // sg.h needs size_t

namespace scsimpath::sg {

/// Nothing here waits for a device to answer, but the kernel may make any call wait while the host
/// adapter has no room or the device is being deleted. All results are errno values, 0 for success.
class SgDevice {
 public:
  SgDevice() = default;
  SgDevice(const SgDevice&) = delete;
  SgDevice& operator=(const SgDevice&) = delete;
  virtual ~SgDevice() = default;

  /// Once, before all others.
  [[nodiscard]] virtual int open() noexcept = 0;
  /// Any number of threads. Hands a command over; header and CDB are copied, the data and the sense
  /// buffer stay in use until the command was reaped.
  [[nodiscard]] virtual int submit(const sg_io_hdr_t& header) noexcept = 0;
  /// One thread. A command that came back, whichever it is; EAGAIN: none yet. When it fails
  /// otherwise `pack_id` still tells the command, where it changed.
  [[nodiscard]] virtual int reap(sg_io_hdr_t& header) noexcept = 0;
  /// Once, after all others.
  virtual void close() noexcept = 0;
  /// Becomes readable, edge by edge, when a command has come back; hung up: the device is gone.
  [[nodiscard]] virtual int fd() const noexcept = 0;
};

}  // namespace scsimpath::sg
