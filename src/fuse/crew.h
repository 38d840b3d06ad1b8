// SPDX-License-Identifier: LGPL-2.1-or-later
// The threads that serve the kernel's messages.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "backlog.h"
#include "blocking_leave.h"
#include "io_pool.h"
#include "mutex.h"
#include "thread.h"

namespace scsimpath::fuse {

/// What the crew does; any of its threads, several at once.
class Duties {
 public:
  enum class Received : std::uint8_t { message, again, ended };

  virtual ~Duties() = default;
  /// Blocks until there is a message. `again` when the thread was interrupted.
  virtual Received receive(IoRequest& into) noexcept = 0;
  /// Handles a message. It may keep a hold on it, and may block with I/O unless `must_not_block`;
  /// then it gives the I/O to the backlog with a hold for it.
  virtual void handle(IoRequest& message, bool must_not_block) noexcept = 0;
  /// Carries a request from the backlog and drops the backlog's hold. May block.
  virtual void carry(IoRequest& request) noexcept = 0;
};

/// - *workers* read messages and handle them to the end. Few, because more only get in each other's
///   way while requests do not block. All but one may wait for a device (BlockingLeave).
/// - the *sentry* watches them, at a slow tick and only while there is work. When all of them are
///   stuck in something that blocks it reads messages itself, answers what needs no I/O and leaves
///   the rest to the backlog. It never blocks with a request: I/O cannot take the last thread.
/// - *carriers* take requests from the backlog.
class Crew {
 public:
  struct Size {
    unsigned workers = 2;
    unsigned carriers = 6;
    Duration tick = std::chrono::milliseconds(10);
  };

  Crew(Duties& duties, IoPool& pool, Backlog& backlog, Size size);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Throws std::system_error when there can be no threads.
  void start();
  /// Waits until `stop` was called or the messages have ended.
  void wait() noexcept;
  /// Ends `wait`; messages are served until `finish`, as somebody may wait for an answer who must
  /// end first. Any thread, also before `start`.
  void stop() noexcept;
  /// Gets the threads out of their reads and waits for them; what is in the backlog is carried
  /// first.
  void finish() noexcept;

 private:
  /// Counts up when a worker takes a message, and when it is done with it: odd while it is busy.
  struct alignas(64) Worker {
    std::atomic<std::uint64_t> turns{0};
  };

  void work(Worker& worker) noexcept;
  void watch() noexcept;
  void carry() noexcept;
  /// Receives and handles until it says otherwise.
  template <class Before, class After>
  void serve(bool must_not_block, Before before, After after) noexcept;

  [[nodiscard]] bool any_busy() const noexcept;
  /// All busy with the message that they had when `turns` was taken.
  [[nodiscard]] bool all_stuck(const std::vector<std::uint64_t>& turns) const noexcept;
  void wake_sentry() noexcept;
  void enlist() noexcept;
  void leave() noexcept;
  /// Readers go when they are done with what they have.
  void send_readers_home() noexcept;
  void end_readers() noexcept;

  Duties& duties_;
  IoPool& pool_;
  Backlog& backlog_;
  const Size size_;
  std::vector<Worker> workers_;
  BlockingLeave leave_;                ///< of the workers
  std::atomic<bool> stopping_{false};  ///< `wait` is over
  std::atomic<bool> leaving_{false};   ///< the readers go
  std::atomic<bool> sentry_sleeps_{false};

  Mutex mutex_;  // a leaf
  CondVar changed_;
  CondVar sentry_wakes_;
  std::vector<pthread_t> readers_ GUARDED_BY(mutex_);  ///< may be in a read
  std::size_t readers_left_ GUARDED_BY(mutex_) = 0;

  std::vector<Thread> threads_;
};

}  // namespace scsimpath::fuse
