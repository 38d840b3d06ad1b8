// SPDX-License-Identifier: LGPL-2.1-or-later
// A thread that tells the kernel, and readers of events, what has changed.
#pragma once

#include <deque>
#include <string>

#include "event_readers.h"
#include "fuse_api.h"
#include "inode.h"
#include "mutex.h"
#include "thread.h"

namespace scsimpath::fuse {

/// To tell the kernel may wait for a request that the kernel waits for us to answer: neither a
/// worker nor the control thread may do it. Any thread.
class Notifier {
 public:
  Notifier(fuse_session* session, EventReaders& readers) noexcept
      : session_(session), readers_(readers) {}
  ~Notifier() { stop(); }

  void start();
  /// While there still are workers, or the file system is gone: else it could wait for ever.
  void stop() noexcept;

  /// There are new events. Does not block.
  void events() noexcept;
  /// What is known of an inode is out of date.
  void inode(Inode inode);
  /// What is known of a name is out of date.
  void entry(Inode parent, std::string name);

 private:
  struct Notice {
    Inode inode;
    std::string name;  ///< empty: the inode itself, else this name in it
  };
  void loop() noexcept;
  void add(Notice notice);

  fuse_session* const session_;
  EventReaders& readers_;

  Mutex mutex_;  // a leaf
  CondVar changed_;
  std::deque<Notice> notices_ GUARDED_BY(mutex_);
  bool events_ GUARDED_BY(mutex_) = false;
  bool started_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;

  Thread thread_;
};

}  // namespace scsimpath::fuse
