// SPDX-License-Identifier: LGPL-2.1-or-later
// The workers' loop.
#include "worker_pool.h"

#include <fmt/format.h>

namespace scsimpath {

WorkerPool::WorkerPool(unsigned threads) {
  threads_.reserve(threads);
  try {
    for (unsigned i = 0; i < threads; ++i)
      threads_.emplace_back(fmt::format("worker-{}", i), [this] { loop(); });
  } catch (...) {
    stop();
    throw;
  }
}

WorkerPool::~WorkerPool() {
  stop();
}

void WorkerPool::post(Task& task) noexcept {
  if (!TaskQueue::claim(task)) return;
  MutexLock lock(mutex_);
  tasks_.push(task);
  if (idle_ > 0) changed_.notify_one();
}

void WorkerPool::stop() noexcept {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  for (Thread& thread : threads_) thread.join();
}

void WorkerPool::loop() noexcept {
  MutexLock lock(mutex_);
  for (;;) {
    if (Task* task = tasks_.pop()) {
      lock.unlock();
      TaskQueue::run(*task);
      lock.lock();
      continue;
    }
    if (stopping_) return;
    ++idle_;
    changed_.wait(lock);
    --idle_;
  }
}

}  // namespace scsimpath
