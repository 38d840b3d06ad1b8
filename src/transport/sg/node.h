// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel's SCSI generic node.
#pragma once

#include <string>
#include <utility>

#include "fd.h"
#include "sg_device.h"

namespace scsimpath::sg {

/// A descriptor on `/dev/sgN`, by the driver's asynchronous write() and read(). Opened without
/// waiting: then neither opening nor writing waits for the host adapter's error handler.
class Node final : public SgDevice {
 public:
  explicit Node(std::string name) : name_(std::move(name)) {}

  [[nodiscard]] int open() noexcept override;
  [[nodiscard]] int submit(const sg_io_hdr_t& header) noexcept override;
  [[nodiscard]] int reap(sg_io_hdr_t& header) noexcept override;
  void close() noexcept override { fd_.reset(); }
  [[nodiscard]] int fd() const noexcept override { return fd_.get(); }

 private:
  const std::string name_;
  Fd fd_;
};

}  // namespace scsimpath::sg
