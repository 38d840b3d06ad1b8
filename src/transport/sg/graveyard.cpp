// SPDX-License-Identifier: LGPL-2.1-or-later
// The graveyard's loop.
#include "graveyard.h"

#include <cstddef>
#include <new>
#include <utility>

namespace scsimpath::sg {

Graveyard::Graveyard() : thread_("sg-closer", [this] { loop(); }) {}

Graveyard::~Graveyard() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
  const MutexLock lock(mutex_);
  if (top_ == nullptr) return;
  // Never destroyed, and found by leak checkers.
  alignas(std::shared_ptr<Remains>) static std::byte place[sizeof(std::shared_ptr<Remains>)];
  static std::shared_ptr<Remains>& left_open = *new (place) std::shared_ptr<Remains>;
  std::shared_ptr<Remains>* bottom = &top_;
  while (*bottom != nullptr) bottom = &(*bottom)->below_;
  *bottom = std::move(left_open);
  left_open = std::move(top_);
}

void Graveyard::bury(std::shared_ptr<Remains> remains) noexcept {
  const MutexLock lock(mutex_);
  remains->below_ = std::move(top_);
  top_ = std::move(remains);
  ++size_;
  look_ = true;
  changed_.notify_one();
}

void Graveyard::look_again() noexcept {
  const MutexLock lock(mutex_);
  look_ = true;
  changed_.notify_one();
}

std::size_t Graveyard::size() noexcept {
  const MutexLock lock(mutex_);
  return size_;
}

std::shared_ptr<Graveyard::Remains> Graveyard::exhume() noexcept {
  for (std::shared_ptr<Remains>* place = &top_; *place != nullptr; place = &(*place)->below_) {
    if (!(*place)->at_rest()) continue;
    std::shared_ptr<Remains> found = std::move(*place);
    *place = std::move(found->below_);
    return found;
  }
  return nullptr;
}

void Graveyard::loop() noexcept {
  MutexLock lock(mutex_);
  for (;;) {
    if (std::shared_ptr<Remains> found = exhume()) {
      lock.unlock();
      found->close();
      found = nullptr;
      lock.lock();
      --size_;
      continue;
    }
    if (stopping_) return;
    look_ = false;
    while (!look_ && !stopping_) changed_.wait(lock);
  }
}

}  // namespace scsimpath::sg
