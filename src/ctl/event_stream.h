// SPDX-License-Identifier: LGPL-2.1-or-later
// The events of a mount: a stream of lines.
#pragma once

#include <string>
#include <vector>

#include "fd.h"
#include "mounts.h"

namespace scsimpath::ctl {

/// Not before the mount has answered: opening a file of a stuck one would not return.
class EventStream {
 public:
  [[nodiscard]] static Result<EventStream> open(const Mount& mount);

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// Adds the whole lines that are there; false when the mount has ended.
  [[nodiscard]] bool drain(std::vector<std::string>& lines);

 private:
  explicit EventStream(Fd fd) noexcept : fd_(std::move(fd)) {}

  Fd fd_;
  std::string rest_;  ///< the beginning of a line that is not whole yet
};

/// Those that are kept.
[[nodiscard]] Result<std::vector<std::string>> past_events(const Mount& mount);

}  // namespace scsimpath::ctl
