// SPDX-License-Identifier: LGPL-2.1-or-later
// The monitor's loop.
#include "monitor.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <utility>

#include "system_error.h"

namespace scsimpath::discovery {

namespace {

/// Of a storm: some ten thousand events.
constexpr int receive_buffer = 16 << 20;

/// Whether udevd, or systemd for it, listens on its socket; without it only the kernel's own events
/// come. A socket that nobody listens on may have been left behind.
bool has_udevd() noexcept {
  const Fd connection(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = "/run/udev/control"};
  return ::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address),
                   sizeof(address)) == 0;
}

std::string_view text(const char* value) noexcept {
  return value != nullptr ? value : std::string_view();
}

}  // namespace

Result<std::unique_ptr<Monitor>> Monitor::open() {
  UdevPtr<udev> library(udev_new());
  if (library == nullptr) return fail(ENOMEM, "libudev cannot be used");
  UdevPtr<udev_monitor> monitor(
      udev_monitor_new_from_netlink(library.get(), has_udevd() ? "udev" : "kernel"));
  if (monitor == nullptr) return system_failure(errno, "events of devices cannot be received");
  for (const char* const subsystem : {"scsi", "block", "bsg"}) {
    if (const int error =
            udev_monitor_filter_add_match_subsystem_devtype(monitor.get(), subsystem, nullptr);
        error < 0) {
      return system_failure(-error, "events of devices cannot be chosen");
    }
  }
  // Needs CAP_NET_ADMIN; without it more is lost, which is told of and made good.
  (void)udev_monitor_set_receive_buffer_size(monitor.get(), receive_buffer);
  if (const int error = udev_monitor_enable_receiving(monitor.get()); error < 0) {
    return system_failure(-error, "events of devices cannot be received");
  }
  Fd stop(::eventfd(0, EFD_CLOEXEC));
  if (!stop) return system_failure(errno, "no event descriptor");
  return std::unique_ptr<Monitor>(
      new Monitor(std::move(library), std::move(monitor), std::move(stop)));
}

Monitor::Monitor(UdevPtr<udev> library, UdevPtr<udev_monitor> monitor, Fd stop) noexcept
    : udev_(std::move(library)), monitor_(std::move(monitor)), stop_(std::move(stop)) {}

void Monitor::start(Changed changed, Lost lost) {
  changed_ = std::move(changed);
  lost_ = std::move(lost);
  thread_ = Thread("udev-monitor", [this] { loop(); });
}

Monitor::~Monitor() {
  (void)::eventfd_write(stop_.get(), 1);
  thread_.join();
}

void Monitor::loop() noexcept {
  std::array<pollfd, 2> fds{pollfd{udev_monitor_get_fd(monitor_.get()), POLLIN, 0},
                            pollfd{stop_.get(), POLLIN, 0}};
  for (;;) {
    if (::poll(fds.data(), fds.size(), -1) < 0) continue;
    if (fds[1].revents != 0) return;
    if (fds[0].revents != 0) receive();
  }
}

void Monitor::receive() noexcept {
  const UdevPtr<udev_device> device(udev_monitor_receive_device(monitor_.get()));
  if (device == nullptr) {
    if (errno == ENOBUFS) lost_();
    return;
  }
  if (const auto change =
          interpret(text(udev_device_get_devpath(device.get())),
                    text(udev_device_get_property_value(device.get(), "SDEV_UA")))) {
    changed_(*change);
  }
}

}  // namespace scsimpath::discovery
