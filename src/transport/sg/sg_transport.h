// SPDX-License-Identifier: LGPL-2.1-or-later
// A path of the kernel as a path's transport.
#pragma once

#include <memory>
#include <string>

#include "callers.h"
#include "channel.h"
#include "graveyard.h"
#include "scsimpath/result.h"
#include "scsimpath/runtime.h"
#include "scsimpath/transport.h"

namespace scsimpath::sg {

/// What all paths share: threads, however many paths there are. Outlives every transport.
struct Service {
  Graveyard graveyard;
  Callers callers;  // ends first: it uses the graveyard
};

/// Commands go by the SG_IO ioctl of the path's bsg node, whose wait nothing interrupts. Completes
/// inside `submit` where the submitter may block (BlockingLeave), else on a caller's thread.
class SgTransport final : public Transport {
 public:
  SgTransport(TransportInfo info, std::shared_ptr<Channel> channel) noexcept;
  /// Never blocks: the node is closed later, when nothing is in flight.
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

/// Enough for a port that is busy, and a bound of what a path that is stuck can hold.
inline constexpr unsigned max_depth = 64;

struct PathSettings {
  TransportInfo info;
  std::string node;  ///< `/dev/bsg/H:C:T:L`
  /// Commands that the kernel may have at once, each with a thread; at most `max_depth`.
  unsigned depth = 1;
  /// Further ones wait here; beyond that the path is busy.
  unsigned max_waiting = 1024;
  /// Let go of when the node has been closed, on the thread that may block.
  std::shared_ptr<void> companion;
};

/// May block for as long as the kernel likes: on a thread nobody waits for. The error's message
/// names the node and, where there is one, the remedy.
[[nodiscard]] Result<std::unique_ptr<SgTransport>> open_path(PathSettings settings,
                                                             Runtime& runtime, Service& service);
/// The same with a device of the caller's.
[[nodiscard]] Result<std::unique_ptr<SgTransport>> open_path(PathSettings settings,
                                                             const Channel::Parts& parts,
                                                             std::unique_ptr<SgDevice> device);

}  // namespace scsimpath::sg
