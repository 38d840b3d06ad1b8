// SPDX-License-Identifier: LGPL-2.1-or-later
// Going to the background, with word to the command that waits for the mount.
#pragma once

#include <optional>
#include <string>

#include "fd.h"
#include "scsimpath/result.h"

namespace scsimpath::daemon {

/// The child's side of a fork whose parent waits until the child says how it went.
class Background {
 public:
  /// Forks; the child leads a session of its own. In the parent it returns the exit status, once
  /// the child is ready or has failed, having printed the reason. To be called before any thread
  /// starts.
  [[nodiscard]] Result<std::optional<int>> enter();

  /// The mount answers: leaves the terminal and the working directory, lets the parent go. Without
  /// `enter` it does nothing, nor does `failed`.
  void ready();
  /// Gives the parent the reason to print.
  void failed(const std::string& reason);

 private:
  Fd word_;
};

}  // namespace scsimpath::daemon
