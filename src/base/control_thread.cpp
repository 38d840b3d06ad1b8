// SPDX-License-Identifier: LGPL-2.1-or-later
// The control thread's loop.
#include "control_thread.h"

#include <chrono>

namespace scsimpath {

namespace {
// Far enough to mean never, near enough for every clock conversion.
constexpr Duration longest_nap = std::chrono::hours(1);

thread_local const ControlThread* current = nullptr;
}  // namespace

ControlThread::ControlThread() : thread_("control", [this] { loop(); }) {}

ControlThread::~ControlThread() {
  stop();
}

bool ControlThread::is_current() const noexcept {
  return current == this;
}

void ControlThread::post(Task& task) noexcept {
  if (!TaskQueue::claim(task)) return;
  MutexLock lock(mutex_);
  tasks_.push(task);
  if (sleeping_) changed_.notify_one();
}

void ControlThread::arm(Timer& timer, Instant due) noexcept {
  MutexLock lock(mutex_);
  const bool earliest = timers_.arm(timer, due);
  if (earliest && sleeping_) changed_.notify_one();
}

bool ControlThread::cancel(Timer& timer) noexcept {
  MutexLock lock(mutex_);
  return timers_.cancel(timer);
}

void ControlThread::stop() noexcept {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void ControlThread::loop() noexcept {
  current = this;
  MutexLock lock(mutex_);
  for (;;) {
    bool ran = false;
    Timer* timer = timers_.earliest();
    if (timer != nullptr && timer->due <= std::chrono::steady_clock::now()) {
      timers_.cancel(*timer);
      lock.unlock();
      timer->fire(*timer);
      lock.lock();
      ran = true;
    }
    if (Task* task = tasks_.pop()) {
      lock.unlock();
      TaskQueue::run(*task);
      lock.lock();
      ran = true;
    }
    if (ran) continue;
    if (stopping_) return;

    const Instant soon = std::chrono::steady_clock::now() + longest_nap;
    timer = timers_.earliest();
    const Instant wake = timer != nullptr && timer->due < soon ? timer->due : soon;
    sleeping_ = true;
    changed_.wait_until(lock, wake);
    sleeping_ = false;
  }
}

}  // namespace scsimpath
