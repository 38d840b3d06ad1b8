// SPDX-License-Identifier: LGPL-2.1-or-later
// The requests of a head that wait for a path or a clone, and those that may go on.
#pragma once

#include <atomic>
#include <cstdint>

#include "intrusive_list.h"
#include "mutex.h"
#include "scsimpath/request.h"
#include "scsimpath/runtime.h"

namespace scsimpath {

/// First in, first out. A kick makes everything that waits ready; one worker at a time carries what
/// is ready on, each request picking its path anew, never by recursion. Any thread.
class Requeue {
 public:
  using Carry = void (*)(HeadCore&, Request&) noexcept;
  Requeue(HeadCore& head, Executor& workers, Carry carry) noexcept;

  /// Counts the kicks. Read before looking for a path, given to `park` when there was none: a kick
  /// in between is then not lost.
  [[nodiscard]] std::uint64_t kicks() const noexcept { return kicks_.load(); }
  /// Waits for the next kick, in phase `parked`.
  void park(Request& request, std::uint64_t kicks_seen) noexcept;
  /// To be carried on at the next turn.
  void ready(Request& request) noexcept;
  void kick() noexcept;
  /// True: the request was here and is no more.
  [[nodiscard]] bool withdraw(Request& request) noexcept;

 private:
  struct Links {
    static Request*& next(Request& request) noexcept { return request.progress.next; }
    static Request*& previous(Request& request) noexcept { return request.progress.previous; }
  };
  struct Drain : Task {
    explicit Drain(Requeue& requeue) noexcept;
    Requeue& owner;
  };
  void make_all_ready() noexcept REQUIRES(mutex_);
  void drain() noexcept;

  HeadCore& head_;
  Executor& workers_;
  const Carry carry_;
  Drain drain_;
  std::atomic<std::uint64_t> kicks_{0};

  Mutex mutex_;
  IntrusiveList<Request, Links> waiting_ GUARDED_BY(mutex_);
  IntrusiveList<Request, Links> ready_ GUARDED_BY(mutex_);
  bool draining_ GUARDED_BY(mutex_) = false;
};

}  // namespace scsimpath
