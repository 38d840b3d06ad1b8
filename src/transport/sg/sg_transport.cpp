// SPDX-License-Identifier: LGPL-2.1-or-later
// Opens a kernel path.
#include "sg_transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "node.h"

namespace scsimpath::sg {

SgTransport::SgTransport(TransportInfo info, std::shared_ptr<Channel> channel) noexcept
    : info_(std::move(info)), channel_(std::move(channel)) {}

SgTransport::~SgTransport() {
  channel_->retire();
}

Result<std::unique_ptr<SgTransport>> open_path(PathSettings settings, const Channel::Parts& parts,
                                               std::unique_ptr<SgDevice> device) {
  if (settings.info.port == nullptr) settings.info.port = std::make_shared<PortLoad>();
  settings.info.may_block = true;
  auto channel =
      std::make_shared<Channel>(parts, std::move(device), std::clamp(settings.depth, 1U, max_depth),
                                settings.max_waiting, std::move(settings.companion));
  if (const auto opened = channel->open(); !opened) {
    const int number = opened.error().number;
    return fail(number,
                fmt::format("{}: {}{}", settings.node, opened.error().message, remedy(number)));
  }
  return std::make_unique<SgTransport>(std::move(settings.info), std::move(channel));
}

Result<std::unique_ptr<SgTransport>> open_path(PathSettings settings, Runtime& runtime,
                                               Service& service) {
  auto node = std::make_unique<Node>(settings.node);
  return open_path(std::move(settings), {runtime.clock, service.callers, service.graveyard},
                   std::move(node));
}

}  // namespace scsimpath::sg
