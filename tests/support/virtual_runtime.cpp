// SPDX-License-Identifier: LGPL-2.1-or-later
// Virtual time.
#include "virtual_runtime.h"

#include <stdexcept>

namespace scsimpath::test {

namespace {
constexpr std::uint64_t too_many_steps = 10'000'000;
}  // namespace

void VirtualRuntime::VirtualTimers::arm(Timer& timer, Instant due) noexcept {
  static_cast<void>(cancel(timer));
  timer.due = due;
  timer.slot = sequence_++;
  armed_.emplace(std::pair(due, timer.slot), &timer);
}

bool VirtualRuntime::VirtualTimers::cancel(Timer& timer) noexcept {
  if (timer.slot == Timer::idle) return false;
  armed_.erase({timer.due, timer.slot});
  timer.slot = Timer::idle;
  return true;
}

void VirtualRuntime::VirtualExecutor::post(Task& task) noexcept {
  if (TaskQueue::claim(task)) queue_.push(task);
}

bool VirtualRuntime::VirtualExecutor::run_one() noexcept {
  Task* task = queue_.pop();
  if (task == nullptr) return false;
  TaskQueue::run(*task);
  return true;
}

bool VirtualRuntime::run_one() {
  if (!timers_.armed_.empty()) {
    Timer& timer = *timers_.armed_.begin()->second;
    if (timer.due <= clock_.now_) {
      timers_.cancel(timer);
      timer.fire(timer);
      return true;
    }
  }
  return control_.run_one() || workers_.run_one();
}

void VirtualRuntime::run_until_idle() {
  for (std::uint64_t steps = 0; run_one(); ++steps)
    if (steps > too_many_steps) throw std::runtime_error("the virtual runtime never comes to rest");
}

void VirtualRuntime::advance(Duration by) {
  const Instant end = clock_.now_ + by;
  run_until_idle();
  for (;;) {
    const auto due = next_deadline();
    if (!due || *due > end) break;
    clock_.now_ = *due;
    run_until_idle();
  }
  clock_.now_ = end;
}

std::optional<Instant> VirtualRuntime::next_deadline() const {
  if (timers_.armed_.empty()) return std::nullopt;
  return timers_.armed_.begin()->first.first;
}

bool VirtualRuntime::idle() const noexcept {
  const auto due = next_deadline();
  return control_.queue_.empty() && workers_.queue_.empty() && !(due && *due <= clock_.now_);
}

}  // namespace scsimpath::test
