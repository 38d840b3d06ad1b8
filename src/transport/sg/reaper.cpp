// SPDX-License-Identifier: LGPL-2.1-or-later
// The reaper's loop.
#include "reaper.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "system_error.h"

namespace scsimpath::sg {

namespace {

constexpr std::uint64_t stop_id = 0;
constexpr unsigned watched_for = EPOLLIN | EPOLLET;

void watch(int epoll, int operation, int fd, unsigned events, std::uint64_t id) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  if (::epoll_ctl(epoll, operation, fd, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot watch a descriptor");
  }
}

}  // namespace

Reaper::Reaper() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (!epoll_ || !stop_) {
    throw std::system_error(errno, std::generic_category(), "cannot watch descriptors");
  }
  watch(epoll_.get(), EPOLL_CTL_ADD, stop_.get(), EPOLLIN, stop_id);
  thread_ = Thread("sg-reaper", [this] { loop(); });
}

Reaper::~Reaper() {
  (void)::eventfd_write(stop_.get(), 1);
  thread_.join();
}

Result<std::uint64_t> Reaper::add(int fd, std::shared_ptr<Target> target) {
  const MutexLock lock(mutex_);
  const std::uint64_t id = next_id_++;
  const auto place = watched_.emplace(id, Watched{fd, std::move(target)}).first;
  epoll_event event{};
  event.events = watched_for;
  event.data.u64 = id;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    const int number = errno;
    watched_.erase(place);
    return system_failure(number, "cannot watch a descriptor");
  }
  return id;
}

void Reaper::remove(std::uint64_t id) noexcept {
  std::shared_ptr<Target> last;  // goes after the lock
  MutexLock lock(mutex_);
  const auto place = watched_.find(id);
  if (place == watched_.end()) return;
  (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, place->second.fd, nullptr);
  last = std::move(place->second.target);
  watched_.erase(place);
  while (visiting_ == id) left_.wait(lock);
}

void Reaper::loop() noexcept {
  std::array<epoll_event, 64> events;
  for (;;) {
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.u64 == stop_id) return;
      visit(event.data.u64, (event.events & (EPOLLHUP | EPOLLERR)) != 0);
    }
  }
}

void Reaper::visit(std::uint64_t id, bool hung_up) noexcept {
  std::shared_ptr<Target> target;
  {
    const MutexLock lock(mutex_);
    const auto place = watched_.find(id);
    if (place == watched_.end()) return;
    target = place->second.target;
    visiting_ = id;
  }
  const bool drained = target->ready(hung_up);
  const MutexLock lock(mutex_);
  visiting_ = 0;
  left_.notify_all();
  if (drained) return;
  const auto place = watched_.find(id);
  if (place == watched_.end()) return;
  // Looks at the descriptor anew, so it is reported once more, behind the others.
  epoll_event event{};
  event.events = watched_for;
  event.data.u64 = id;
  (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, place->second.fd, &event);
}

}  // namespace scsimpath::sg
