// SPDX-License-Identifier: LGPL-2.1-or-later
// Listens to udev, or to the kernel where there is no udev.
#pragma once

#include <functional>
#include <memory>

#include "fd.h"
#include "machine.h"
#include "scsimpath/result.h"
#include "thread.h"
#include "uevent.h"

namespace scsimpath::discovery {

/// One thread, which tells of each event of a SCSI device, and of events that were lost.
class Monitor {
 public:
  using Changed = std::function<void(const Change&)>;
  using Lost = std::function<void()>;

  /// Events that come from now on are told of, once it has started: enumerate after it.
  [[nodiscard]] static Result<std::unique_ptr<Monitor>> open();
  /// Both are called on the monitor's thread.
  void start(Changed changed, Lost lost);
  /// Neither is called any more when it returns.
  ~Monitor();
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

 private:
  Monitor(UdevPtr<udev> library, UdevPtr<udev_monitor> monitor, Fd stop) noexcept;
  void loop() noexcept;
  void receive() noexcept;

  const UdevPtr<udev> udev_;
  const UdevPtr<udev_monitor> monitor_;
  const Fd stop_;
  Changed changed_;
  Lost lost_;
  Thread thread_;
};

}  // namespace scsimpath::discovery
