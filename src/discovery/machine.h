// SPDX-License-Identifier: LGPL-2.1-or-later
// This machine's SCSI devices.
#pragma once

#include <libudev.h>

#include <memory>

#include "device_source.h"
#include "sysfs.h"

namespace scsimpath::discovery {

/// What libudev hands out is given back.
struct UdevDeleter {
  void operator()(udev* object) const noexcept { udev_unref(object); }
  void operator()(udev_device* object) const noexcept { udev_device_unref(object); }
  void operator()(udev_monitor* object) const noexcept { udev_monitor_unref(object); }
};
template <class Object>
using UdevPtr = std::unique_ptr<Object, UdevDeleter>;

class Machine final : public DeviceSource {
 public:
  [[nodiscard]] std::vector<std::string> names() override { return sysfs_.names(); }
  [[nodiscard]] std::optional<ScsiDevice> read(const std::string& name) override {
    return sysfs_.read(name);
  }
  [[nodiscard]] std::optional<Properties> properties(const ScsiDevice& device) override;
  [[nodiscard]] std::string user_of(const ScsiDevice& device) override;
  [[nodiscard]] unsigned commands_in_flight(const ScsiDevice& device) override {
    return sysfs_.commands_in_flight(device.name);
  }
  [[nodiscard]] std::string wwid_of(const ScsiDevice& device) override {
    return sysfs_.wwid_of(device.name);
  }

 private:
  const Sysfs sysfs_;
  const UdevPtr<udev> udev_{udev_new()};
};

}  // namespace scsimpath::discovery
