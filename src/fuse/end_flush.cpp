// SPDX-License-Identifier: LGPL-2.1-or-later
// One flush per head, all at once.
#include "end_flush.h"

#include <deque>

#include "errno_map.h"
#include "log.h"
#include "system_error.h"

namespace scsimpath::fuse {

namespace {

class Flushes {
 public:
  void add(std::shared_ptr<Head> head) {
    Flush& flush = flushes_.emplace_back(*this, std::move(head));
    {
      const MutexLock lock(mutex_);
      ++pending_;
    }
    flush.head->submit(flush);
  }

  void wait() {
    {
      MutexLock lock(mutex_);
      while (pending_ > 0) changed_.wait(lock);
    }
    for (const Flush& flush : flushes_) {
      if (flush.error == IoError::none) continue;
      log::error("{}: the last flush failed: {}", flush.head->name(),
                 error_text(error_number(flush.error)));
    }
  }

 private:
  struct Flush : Request {
    Flush(Flushes& all, std::shared_ptr<Head> of) : owner(all), head(std::move(of)) {
      operation = Operation::flush;
      done = [](Request& request) noexcept { static_cast<Flush&>(request).owner.ended(); };
    }
    Flushes& owner;
    const std::shared_ptr<Head> head;
  };

  void ended() noexcept {
    const MutexLock lock(mutex_);
    --pending_;
    changed_.notify_all();
  }

  Mutex mutex_;  // a leaf
  CondVar changed_;
  std::size_t pending_ GUARDED_BY(mutex_) = 0;
  std::deque<Flush> flushes_;
};

}  // namespace

void flush_at_end(Service& service) noexcept {
  try {
    Flushes flushes;
    for (const auto& head : service.registry.heads()) {
      const HeadCounters counters = head->status().counters;
      // That every file was closed says nothing: the kernel's own users of a file, such as a loop
      // device or a mapping, leave it without a flush.
      if (counters.writes > 0 || counters.unmaps > 0) flushes.add(head);
    }
    flushes.wait();
  } catch (...) {
    log::error("no memory to flush the disks");
  }
}

}  // namespace scsimpath::fuse
