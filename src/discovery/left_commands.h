// SPDX-License-Identifier: LGPL-2.1-or-later
// Commands that an earlier process, one that was killed, has left with the kernel.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "device_source.h"
#include "scsimpath/registry.h"
#include "scsimpath/runtime.h"

namespace scsimpath::discovery {

/// They live on, and a write among them would overwrite what is written now. So before anything
/// goes to a device it is looked at: one that has commands is not opened before it had none once,
/// or was waited for long enough; and its disk's head holds writes until then, and beyond that
/// until ghost_timeout. A device that still has commands then carries no writes until the
/// administrator brings it back, and the others of the disk do. As long as nobody knows whose
/// device it is, every head holds writes. One thread at a time.
class LeftCommands {
 public:
  /// How often those devices are looked at.
  static constexpr Duration interval = std::chrono::milliseconds(10);

  /// A device is opened after `patience` in any case: it will tell whether it works.
  LeftCommands(Registry& registry, DeviceSource& source, const Clock& clock, Duration patience)
      : registry_(registry), source_(source), clock_(clock), patience_(patience) {}

  /// True: the device is not to be opened yet. Before the first command goes to it.
  [[nodiscard]] bool look(const ScsiDevice& device);
  /// The device has told whose it is.
  void learn(std::string_view name, const std::string& wwid);
  /// The devices that may be opened now. Call it every `interval` while `any`.
  [[nodiscard]] std::vector<std::string> poll();
  [[nodiscard]] bool any() const noexcept { return !devices_.empty(); }

 private:
  struct Device {
    ScsiDevice device;
    std::string wwid;  ///< empty: the kernel has not read it
    Instant since;
    bool waits;  ///< to be opened
  };
  using Devices = std::map<std::string, Device, std::less<>>;

  [[nodiscard]] bool is_over(const Device& device) const;
  [[nodiscard]] bool is_overdue(const Device& device) const;
  void forget(Devices::iterator place);
  void let_write(std::string_view wwid);

  Registry& registry_;
  DeviceSource& source_;
  const Clock& clock_;
  const Duration patience_;
  Devices devices_;  ///< that have not been seen idle
};

}  // namespace scsimpath::discovery
