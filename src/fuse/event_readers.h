// SPDX-License-Identifier: LGPL-2.1-or-later
// The open `.scsimpath/events` files and those who wait on them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "event_log.h"
#include "fuse_api.h"
#include "mutex.h"
#include "open_file.h"

namespace scsimpath::fuse {

class EventsFile;

/// A reader without an event waits here, not in a thread. Any thread.
class EventReaders {
 public:
  explicit EventReaders(EventLog& log) noexcept : log_(log) {}

  [[nodiscard]] std::unique_ptr<OpenFile> open();

  /// Answers those for whom there is something by now, and tells those who poll. Writes to
  /// /dev/fuse: not for a publisher of events.
  void serve();
  /// Ends a waiting read with EINTR. False when there is none with that number.
  [[nodiscard]] bool interrupt(std::uint64_t unique) noexcept;
  /// From now on a reader without an event meets the end of the file.
  void close();

 private:
  friend class EventsFile;
  struct Waiting {
    fuse_req_t req;
    std::uint64_t unique;
    std::size_t size;
    EventsFile* file;
  };

  EventLog& log_;
  Mutex mutex_;  // before the log's; nothing is answered with it held
  std::vector<EventsFile*> files_ GUARDED_BY(mutex_);
  std::vector<Waiting> waiting_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace scsimpath::fuse
