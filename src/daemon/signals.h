// SPDX-License-Identifier: LGPL-2.1-or-later
// Signals as calls on a thread of their own.
#pragma once

#include <functional>

#include "fd.h"
#include "scsimpath/result.h"
#include "thread.h"

namespace scsimpath::daemon {

/// Blocks the signals we listen to, for this thread and those it starts: first thing in main.
void block_signals();

/// From now until it is destroyed: SIGTERM and SIGINT call `end`, SIGHUP calls `reload`, one at a
/// time, on its thread.
class Signals {
 public:
  [[nodiscard]] Result<void> listen(std::function<void()> end, std::function<void()> reload);
  Signals() = default;
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  void loop() noexcept;

  std::function<void()> end_;
  std::function<void()> reload_;
  Fd signals_;
  Fd over_;  // an eventfd
  Thread thread_;
};

}  // namespace scsimpath::daemon
