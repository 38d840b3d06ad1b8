// SPDX-License-Identifier: LGPL-2.1-or-later
// Opens a kernel path.
#include "sg_transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>
#include <vector>

#include "node.h"

namespace scsimpath::sg {

namespace {

constexpr unsigned max_depth = 256;

std::string_view remedy(int number) noexcept {
  switch (number) {
    case ENOENT:
      return " (is the module sg loaded, and is the device there?)";
    case EACCES:
    case EPERM:
      return " (run it as root, or give this user the node)";
    case ENOTTY:
      return " (give a SCSI generic node, /dev/sgN)";
    case ENXIO:
      return " (the device is off line or gone)";
    case EBUSY:
      return " (another program has it for itself)";
    default:
      return "";
  }
}

}  // namespace

SgTransport::SgTransport(TransportInfo info, std::shared_ptr<Channel> channel) noexcept
    : info_(std::move(info)), channel_(std::move(channel)) {}

SgTransport::~SgTransport() {
  channel_->retire();
}

Result<std::unique_ptr<SgTransport>> open_path(PathSettings settings, const Channel::Parts& parts,
                                               const DeviceFactory& make_device) {
  const unsigned depth = std::clamp(settings.depth, 1U, max_depth);
  std::vector<std::unique_ptr<SgDevice>> devices;
  for (unsigned room = 0; room < depth; room += Channel::per_descriptor) {
    devices.push_back(make_device(settings.node));
  }
  if (settings.info.port == nullptr) settings.info.port = std::make_shared<PortLoad>();
  auto channel = std::make_shared<Channel>(parts, std::move(devices), settings.max_waiting,
                                           std::move(settings.companion));
  if (const auto opened = channel->open(); !opened) {
    const int number = opened.error().number;
    return fail(number,
                fmt::format("{}: {}{}", settings.node, opened.error().message, remedy(number)));
  }
  return std::make_unique<SgTransport>(std::move(settings.info), std::move(channel));
}

Result<std::unique_ptr<SgTransport>> open_path(PathSettings settings, Runtime& runtime,
                                               Service& service) {
  return open_path(
      std::move(settings),
      Channel::Parts{runtime.clock, runtime.workers, service.reaper, service.graveyard},
      [](const std::string& node) { return std::make_unique<Node>(node); });
}

}  // namespace scsimpath::sg
