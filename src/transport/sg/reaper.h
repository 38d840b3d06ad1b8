// SPDX-License-Identifier: LGPL-2.1-or-later
// The one thread that takes commands back from the kernel, for all paths.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "fd.h"
#include "mutex.h"
#include "scsimpath/result.h"
#include "thread.h"

namespace scsimpath::sg {

/// Waits for descriptors to become readable. Descriptors are watched edge by edge: one that hung up
/// while commands are in flight would keep a level-triggered wait awake.
class Reaper {
 public:
  class Target {
   public:
    Target() = default;
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    virtual ~Target() = default;
    /// On the reaper's thread, so it must not block. False: there may be more, call again after
    /// the others had their turn.
    [[nodiscard]] virtual bool ready(bool hung_up) noexcept = 0;
  };

  /// Starts the thread; throws std::system_error when that or its descriptors can't be had.
  Reaper();
  ~Reaper();
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;

  /// Any thread. The descriptor stays open until it was removed. Returns what `remove` takes.
  [[nodiscard]] Result<std::uint64_t> add(int fd, std::shared_ptr<Target> target);
  /// Waits until the target is not being called any more: not on the reaper's thread.
  void remove(std::uint64_t id) noexcept;

 private:
  struct Watched {
    int fd;
    std::shared_ptr<Target> target;
  };

  void loop() noexcept;
  void visit(std::uint64_t id, bool hung_up) noexcept;

  Fd epoll_;
  Fd stop_;

  Mutex mutex_;  // innermost: nothing is called with it held
  CondVar left_;
  std::unordered_map<std::uint64_t, Watched> watched_ GUARDED_BY(mutex_);
  std::uint64_t next_id_ GUARDED_BY(mutex_) = 1;
  std::uint64_t visiting_ GUARDED_BY(mutex_) = 0;

  Thread thread_;  // last: it uses all the others
};

}  // namespace scsimpath::sg
