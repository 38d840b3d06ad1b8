// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading events, waiting for them, polling for them.
#include "event_readers.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "io.h"

namespace scsimpath::fuse {

namespace {

struct PollHandleCloser {
  void operator()(fuse_pollhandle* handle) const noexcept { fuse_pollhandle_destroy(handle); }
};
using PollHandle = std::unique_ptr<fuse_pollhandle, PollHandleCloser>;

}  // namespace

/// The position of one reader. What it guards is guarded by the readers' mutex.
class EventsFile final : public OpenFile {
 public:
  explicit EventsFile(EventReaders& all) : all_(all), cursor_(all.log_.oldest()) {
    const MutexLock lock(all_.mutex_);
    all_.files_.push_back(this);
  }
  ~EventsFile() override {
    const MutexLock lock(all_.mutex_);
    std::erase(all_.files_, this);
  }

  [[nodiscard]] std::uint32_t open_flags() const noexcept override {
    return OpenFile::open_flags() | FOPEN_NONSEEKABLE;
  }

  void read(fuse_req_t req, std::size_t size, off_t /*offset*/, int flags) override {
    std::string text;
    {
      const MutexLock lock(all_.mutex_);
      text = take(size);
      if (text.empty() && !all_.closed_ && size > 0 && (flags & O_NONBLOCK) == 0) {
        all_.waiting_.push_back({req, incoming_unique(), size, this});
        return;
      }
      if (all_.closed_) flags = 0;
    }
    if (text.empty() && size > 0 && (flags & O_NONBLOCK) != 0) {
      fuse_reply_err(req, EAGAIN);
    } else {
      fuse_reply_buf(req, text.data(), text.size());
    }
  }

  void poll(fuse_req_t req, fuse_pollhandle* handle) override {
    PollHandle former(handle);
    bool ready = false;
    {
      const MutexLock lock(all_.mutex_);
      ready = is_ready() || all_.closed_;
      if (!ready && handle != nullptr) poller_.swap(former);
    }
    fuse_reply_poll(req, ready ? POLLIN | POLLRDNORM : 0);
  }

  // With the mutex held.

  [[nodiscard]] bool is_ready() const { return !rest_.empty() || cursor_ < all_.log_.end(); }

  /// Whole lines, or the part of one that fits.
  [[nodiscard]] std::string take(std::size_t size) {
    if (rest_.size() < size) all_.log_.read(cursor_, size, rest_);
    std::size_t length = std::min(size, rest_.size());
    const auto line_end = rest_.rfind('\n', length == 0 ? 0 : length - 1);
    if (line_end != std::string::npos && length > 0) length = line_end + 1;
    std::string text = rest_.substr(0, length);
    rest_.erase(0, length);
    return text;
  }

  [[nodiscard]] PollHandle take_poller() noexcept { return std::move(poller_); }

 private:
  EventReaders& all_;
  std::uint64_t cursor_;
  std::string rest_;  ///< taken from the log and not read yet
  PollHandle poller_;
};

std::unique_ptr<OpenFile> EventReaders::open() {
  return std::make_unique<EventsFile>(*this);
}

void EventReaders::serve() {
  std::vector<std::pair<fuse_req_t, std::string>> answers;
  std::vector<PollHandle> pollers;
  {
    const MutexLock lock(mutex_);
    const bool closed = closed_;
    std::erase_if(waiting_, [&](const Waiting& reader) {
      if (!reader.file->is_ready() && !closed) return false;
      answers.emplace_back(reader.req, reader.file->take(reader.size));
      return true;
    });
    for (EventsFile* file : files_) {
      if (!file->is_ready() && !closed) continue;
      if (PollHandle handle = file->take_poller()) pollers.push_back(std::move(handle));
    }
  }
  for (const auto& [req, text] : answers) fuse_reply_buf(req, text.data(), text.size());
  for (const PollHandle& handle : pollers) fuse_lowlevel_notify_poll(handle.get());
}

bool EventReaders::interrupt(std::uint64_t unique) noexcept {
  fuse_req_t req = nullptr;
  {
    const MutexLock lock(mutex_);
    const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                    [&](const Waiting& w) { return w.unique == unique; });
    if (found == waiting_.end()) return false;
    req = found->req;
    waiting_.erase(found);
  }
  fuse_reply_err(req, EINTR);
  return true;
}

void EventReaders::close() {
  {
    const MutexLock lock(mutex_);
    closed_ = true;
  }
  serve();
}

}  // namespace scsimpath::fuse
