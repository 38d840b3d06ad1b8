// SPDX-License-Identifier: LGPL-2.1-or-later
// Notices in a queue, told one by one.
#include "notifier.h"

#include <utility>

#include "log.h"

namespace scsimpath::fuse {

void Notifier::start() {
  {
    const MutexLock lock(mutex_);
    started_ = true;
  }
  thread_ = Thread("notifier", [this] { loop(); });
}

void Notifier::stop() noexcept {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void Notifier::events() noexcept {
  const MutexLock lock(mutex_);
  events_ = true;
  changed_.notify_one();
}

void Notifier::inode(Inode inode) {
  add({inode, {}});
}

void Notifier::entry(Inode parent, std::string name) {
  add({parent, std::move(name)});
}

void Notifier::add(Notice notice) {
  const MutexLock lock(mutex_);
  if (!started_) return;  // nothing is known to the kernel yet
  notices_.push_back(std::move(notice));
  changed_.notify_one();
}

void Notifier::loop() noexcept {
  for (;;) {
    Notice notice;
    bool events = false;
    {
      MutexLock lock(mutex_);
      while (notices_.empty() && !events_ && !stopping_) changed_.wait(lock);
      if (stopping_) return;
      events = std::exchange(events_, false);
      if (!events) {
        notice = std::move(notices_.front());
        notices_.pop_front();
      }
    }
    try {
      if (events) {
        readers_.serve();
      } else if (notice.name.empty()) {
        fuse_lowlevel_notify_inval_inode(session_, notice.inode, -1, 0);
      } else {
        fuse_lowlevel_notify_inval_entry(session_, notice.inode, notice.name.data(),
                                         notice.name.size());
      }
    } catch (...) {
      log::error("no memory to tell readers of events");
    }
  }
}

}  // namespace scsimpath::fuse
