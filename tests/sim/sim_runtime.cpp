// SPDX-License-Identifier: LGPL-2.1-or-later
// Whose turn it is.
#include "sim_runtime.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

#include "task_queue.h"

namespace scsimpath::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t too_many_steps = 300'000;

void fire(TimerHeap& heap) {
  Timer& timer = *heap.earliest();
  (void)heap.cancel(timer);
  timer.fire(timer);
}

}  // namespace

SimRuntime::SimRuntime(Random& random, Instant begin) : random_(random) {
  clock_.now_ = begin;
}

void SimRuntime::VirtualExecutor::post(Task& task) noexcept {
  if (TaskQueue::claim(task)) tasks.push_back(&task);
}

bool SimRuntime::is_due(const TimerHeap& heap) const noexcept {
  return !heap.empty() && heap.earliest()->due <= clock_.now_;
}

void SimRuntime::run_control() {
  control_busy_ = true;
  const bool timer_due = is_due(timers_.heap);
  if (timer_due && (control_.tasks.empty() || random_.one_in(2))) {
    fire(timers_.heap);
  } else {
    Task& task = *control_.tasks.front();
    control_.tasks.pop_front();
    TaskQueue::run(task);
  }
  control_busy_ = false;
}

void SimRuntime::run_worker() {
  // Those that workers have taken already may be overtaken.
  const std::size_t reach =
      std::min<std::size_t>(workers_.tasks.size(), worker_count - workers_busy_);
  const auto place = workers_.tasks.begin() + static_cast<std::ptrdiff_t>(random_.below(reach));
  Task& task = **place;
  workers_.tasks.erase(place);
  ++workers_busy_;
  TaskQueue::run(task);
  --workers_busy_;
}

bool SimRuntime::step() {
  enum class Thread : std::uint8_t { control, worker, outside };
  std::array<Thread, 3> able{};
  std::size_t count = 0;
  if (!control_busy_ && (!control_.tasks.empty() || is_due(timers_.heap))) {
    able[count++] = Thread::control;
  }
  if (workers_busy_ < worker_count && !workers_.tasks.empty()) able[count++] = Thread::worker;
  if (is_due(outside_)) able[count++] = Thread::outside;
  if (count == 0) return false;
  switch (able[random_.below(count)]) {
    case Thread::control:
      run_control();
      break;
    case Thread::worker:
      run_worker();
      break;
    case Thread::outside:
      fire(outside_);
      break;
  }
  return true;
}

void SimRuntime::yield() {
  if (depth_ >= deepest || !random_.one_in(3)) return;
  ++depth_;
  for (std::uint64_t turns = random_.between(1, 4); turns > 0 && step(); --turns) {
  }
  --depth_;
}

void SimRuntime::run_until(Instant end) {
  for (std::uint64_t steps = 0;; ++steps) {
    if (steps > too_many_steps) throw std::runtime_error("it never comes to rest");
    if (random_.one_in(32) && clock_.now_ < end) {
      clock_.now_ = std::min(end, clock_.now_ + random_.duration(1us, 2ms));
    }
    if (step()) continue;
    Instant next = Instant::max();
    if (!timers_.heap.empty()) next = timers_.heap.earliest()->due;
    if (!outside_.empty()) next = std::min(next, outside_.earliest()->due);
    if (next > end) break;
    clock_.now_ = std::max(clock_.now_, next);
  }
  clock_.now_ = std::max(clock_.now_, end);
}

}  // namespace scsimpath::sim
