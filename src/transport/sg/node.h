// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel's block-SCSI-generic node.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "fd.h"
#include "sg_device.h"

namespace scsimpath::sg {

/// What to do about an errno of opening a node, as ` (…)`; empty where that is not known.
[[nodiscard]] std::string_view remedy(int number) noexcept;

/// A descriptor on `/dev/bsg/H:C:T:L`, by the SG_IO ioctl (the kernel's block/bsg.c and
/// drivers/scsi/scsi_bsg.c). It waits uninterruptibly: on `/dev/sgN` a signal, a stop or a debugger
/// ends the wait, and the kernel issues the command a second time.
class Node final : public SgDevice {
 public:
  explicit Node(std::string name) : name_(std::move(name)) {}

  [[nodiscard]] int open() noexcept override;
  [[nodiscard]] int execute(sg_io_v4& header) noexcept override;
  void close() noexcept override { fd_.reset(); }

 private:
  const std::string name_;
  Fd fd_;
};

}  // namespace scsimpath::sg
