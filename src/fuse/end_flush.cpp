// SPDX-License-Identifier: LGPL-2.1-or-later
// One flush per head.
#include "end_flush.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>

#include "errno_map.h"
#include "log.h"
#include "mutex.h"
#include "system_error.h"

namespace scsimpath::fuse {

namespace {

class Flush : public Request {
 public:
  Flush() {
    operation = Operation::flush;
    done = [](Request& request) noexcept { static_cast<Flush&>(request).ended(); };
  }

  void wait() noexcept {
    MutexLock lock(mutex_);
    while (!ended_) changed_.wait(lock);
  }

 private:
  void ended() noexcept {
    const MutexLock lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  Mutex mutex_;  // a leaf
  CondVar changed_;
  bool ended_ GUARDED_BY(mutex_) = false;
};

/// Nothing is held any more, so what passes in a moment is an error: a disk that is busy, or one
/// that was reset and is being asked who it is.
constexpr auto patience = std::chrono::seconds(1);
constexpr auto pause = std::chrono::milliseconds(50);

IoError flush(Head& head) noexcept {
  const auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    Flush flush;
    head.submit(flush);
    flush.wait();
    if (flush.error != IoError::io || std::chrono::steady_clock::now() >= end) return flush.error;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace

EndFlush::EndFlush(Registry& registry) noexcept {
  try {
    for (const auto& head : registry.heads()) {
      // That every file was closed says nothing: the kernel's own users of a file, such as a loop
      // device or a mapping, leave it without a flush.
      if (head->has_unflushed()) heads_.push_back(head);
    }
    const std::size_t count = std::min(heads_.size(), most_threads);
    threads_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) threads_.emplace_back("end flush", [this] { work(); });
  } catch (const std::exception& error) {
    log::error("the disks are flushed one after another: {}", error.what());
  }
}

EndFlush::~EndFlush() {
  work();  // what there were no threads for
  threads_.clear();
}

void EndFlush::work() noexcept {
  for (;;) {
    const std::size_t index = next_.fetch_add(1, std::memory_order_relaxed);
    if (index >= heads_.size()) return;
    Head& head = *heads_[index];
    const IoError error = flush(head);
    if (error == IoError::none) continue;
    log::error("{}: the last flush failed: {}", head.name(), error_text(error_number(error)));
  }
}

}  // namespace scsimpath::fuse
