// SPDX-License-Identifier: LGPL-2.1-or-later
// The way down to one logical unit through one port: what the core knows of a path's hardware.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "scsimpath/command.h"
#include "scsimpath/result.h"

namespace scsimpath {

/// Commands in flight on one host port, shared by the paths of all heads on it (queue-depth).
struct PortLoad {
  std::atomic<std::int32_t> in_flight{0};
};

/// What is known of a path before anything was asked of the device. Constant.
struct TransportInfo {
  std::string name;    ///< the path's name: H:C:T:L of a kernel path, `emuN` of an emulated one
  std::string device;  ///< what people call it: `/dev/sg1`, `emulated:0`
  int numa_node = -1;  ///< of the host adapter; -1: unknown or none
  std::uint32_t max_transfer = 0;  ///< bytes a command may move, 0: no limit of the transport's own
  std::shared_ptr<PortLoad> port;  ///< never null
  bool may_block = false;          ///< `submit` may take as long as the device does
};

/// Faults that an emulated path can be told to show (scsimpath(7)). Any thread.
class FaultInjection {
 public:
  virtual ~FaultInjection() = default;
  /// The fault in force, as `set` takes it; `none` without one.
  [[nodiscard]] virtual std::string fault() const = 0;
  /// EINVAL, with a message that names the word, when it is not understood; nothing changes then.
  [[nodiscard]] virtual Result<void> set_fault(std::string_view specification) = 0;
};

/// One path's transport. Destroyed only when no command is with it.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  [[nodiscard]] virtual const TransportInfo& info() const noexcept = 0;

  /// Required. Any thread, no locks held. Takes the command; `done` is called exactly once, inside
  /// this call or later on any thread. It may block for as long as the device does. It never fails:
  /// what goes wrong is in the command's result.
  virtual void submit(Command& command) noexcept = 0;

  /// Required. Any thread. Asks to end a command that was submitted and whose `done` has not been
  /// called yet; a hint that may do nothing, at any moment: `done` comes as promised, perhaps
  /// inside this call. The caller keeps the command alive during the call.
  virtual void abort(Command& command) noexcept = 0;

  /// Optional. Null where faults can't be injected.
  [[nodiscard]] virtual FaultInjection* faults() noexcept { return nullptr; }
};

}  // namespace scsimpath
