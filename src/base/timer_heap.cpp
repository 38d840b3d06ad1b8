// SPDX-License-Identifier: LGPL-2.1-or-later
// The binary heap of timers; each timer knows its slot, so that moving it is cheap.
#include "timer_heap.h"

namespace scsimpath {

void TimerHeap::place(Timer& timer, std::size_t slot) noexcept {
  heap_[slot] = &timer;
  timer.slot = slot;
}

void TimerHeap::rise(std::size_t slot) noexcept {
  Timer& timer = *heap_[slot];
  while (slot > 0) {
    const std::size_t parent = (slot - 1) / 2;
    if (heap_[parent]->due <= timer.due) break;
    place(*heap_[parent], slot);
    slot = parent;
  }
  place(timer, slot);
}

void TimerHeap::sink(std::size_t slot) noexcept {
  Timer& timer = *heap_[slot];
  for (;;) {
    std::size_t child = 2 * slot + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->due < heap_[child]->due) ++child;
    if (timer.due <= heap_[child]->due) break;
    place(*heap_[child], slot);
    slot = child;
  }
  place(timer, slot);
}

bool TimerHeap::arm(Timer& timer, Instant due) noexcept {
  timer.due = due;
  if (timer.slot == Timer::idle) {
    heap_.push_back(&timer);
    timer.slot = heap_.size() - 1;
  }
  rise(timer.slot);
  sink(timer.slot);
  return timer.slot == 0;
}

bool TimerHeap::cancel(Timer& timer) noexcept {
  if (timer.slot == Timer::idle) return false;
  const std::size_t slot = timer.slot;
  Timer& last = *heap_.back();
  heap_.pop_back();
  timer.slot = Timer::idle;
  if (&last == &timer) return true;
  place(last, slot);
  rise(slot);
  sink(last.slot);
  return true;
}

}  // namespace scsimpath
