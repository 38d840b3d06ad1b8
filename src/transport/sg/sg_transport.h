// SPDX-License-Identifier: LGPL-2.1-or-later
// A path of the kernel as a path's transport.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "channel.h"
#include "graveyard.h"
#include "reaper.h"
#include "scsimpath/result.h"
#include "scsimpath/runtime.h"
#include "scsimpath/transport.h"

namespace scsimpath::sg {

/// What all paths share: two threads, however many paths there are. Outlives every transport.
struct Service {
  Reaper reaper;
  Graveyard graveyard;  // ends first: it uses the reaper
};

/// Commands go by write() and come back by read(), so nothing waits for a device, and a signal, a
/// stop or a debugger cannot make the kernel issue a command twice, as it can with SG_IO here.
/// Completes on the reaper's thread; where a command can't be handed over, inside `submit` or on
/// the executor's.
class SgTransport final : public Transport {
 public:
  SgTransport(TransportInfo info, std::shared_ptr<Channel> channel) noexcept;
  /// Never blocks: the descriptors are closed later, when nothing is in flight.
  ~SgTransport() override;

  [[nodiscard]] const TransportInfo& info() const noexcept override { return info_; }
  void submit(Command& command) noexcept override { channel_->submit(command); }
  /// A command that waits for room ends with host byte ABORT. One the kernel has goes on: the
  /// kernel lends no hand to end it.
  void abort(Command& command) noexcept override { (void)channel_->withdraw(command); }

  /// Any thread; never waits for the device.
  [[nodiscard]] Usage usage() const noexcept { return channel_->usage(); }

 private:
  const TransportInfo info_;
  const std::shared_ptr<Channel> channel_;
};

struct PathSettings {
  TransportInfo info;
  std::string node;  ///< `/dev/sgN`
  /// Commands that the kernel may have at once; each 16 take a descriptor. At most 256.
  unsigned depth = Channel::per_descriptor;
  /// Further ones wait here; beyond that the path is busy.
  unsigned max_waiting = 1024;
  /// Let go of when the descriptors have been closed, on the thread that may block.
  std::shared_ptr<void> companion;
};

using DeviceFactory = std::function<std::unique_ptr<SgDevice>(const std::string& node)>;

/// May block for as long as the kernel likes: on a thread nobody waits for. The error's message
/// names the node and, where there is one, the remedy.
[[nodiscard]] Result<std::unique_ptr<SgTransport>> open_path(PathSettings settings,
                                                             Runtime& runtime, Service& service);
/// The same with devices of the caller's.
[[nodiscard]] Result<std::unique_ptr<SgTransport>> open_path(PathSettings settings,
                                                             const Channel::Parts& parts,
                                                             const DeviceFactory& make_device);

}  // namespace scsimpath::sg
