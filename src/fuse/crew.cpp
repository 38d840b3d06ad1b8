// SPDX-License-Identifier: LGPL-2.1-or-later
// Who reads, who watches, who carries; and how they end.
#include "crew.h"

#include <signal.h>

#include <algorithm>
#include <string>
#include <utility>

namespace scsimpath::fuse {

namespace {

/// Gets a thread out of its read of /dev/fuse: nothing else ends that while the file system stays
/// mounted.
constexpr int wake_signal = SIGUSR2;

void install_wake_signal() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  sigemptyset(&action.sa_mask);
  sigaction(wake_signal, &action, nullptr);  // no SA_RESTART: the read has to end
}

void allow_wake_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, wake_signal);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

Instant from_now(Duration duration) {
  return std::chrono::steady_clock::now() + duration;
}

}  // namespace

Crew::Crew(Duties& duties, IoPool& pool, Backlog& backlog, Size size)
    : duties_(duties),
      pool_(pool),
      backlog_(backlog),
      size_(size),
      workers_(size.workers),
      leave_(size.workers) {}

Crew::~Crew() {
  finish();
}

void Crew::start() {
  install_wake_signal();
  threads_.reserve(workers_.size() + size_.carriers + 1);
  {
    const MutexLock lock(mutex_);
    readers_.reserve(workers_.size() + 1);
  }
  const auto start_reader = [this](const std::string& name, auto body) {
    {
      const MutexLock lock(mutex_);
      ++readers_left_;
    }
    try {
      threads_.emplace_back(name, std::move(body));
    } catch (...) {
      const MutexLock lock(mutex_);
      --readers_left_;
      throw;
    }
  };
  for (unsigned i = 0; i < size_.carriers; ++i) {
    threads_.emplace_back("carrier" + std::to_string(i), [this] { carry(); });
  }
  start_reader("sentry", [this] { watch(); });
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    start_reader("worker" + std::to_string(i), [this, i] { work(workers_[i]); });
  }
}

void Crew::wait() noexcept {
  MutexLock lock(mutex_);
  while (!stopping_.load()) changed_.wait(lock);
}

void Crew::stop() noexcept {
  const MutexLock lock(mutex_);
  stopping_.store(true);
  changed_.notify_all();
}

void Crew::send_readers_home() noexcept {
  const MutexLock lock(mutex_);
  leaving_.store(true);
  sentry_wakes_.notify_all();
}

void Crew::finish() noexcept {
  stop();
  send_readers_home();
  pool_.close();
  end_readers();
  // Only now nothing comes into it any more.
  backlog_.close();
  threads_.clear();
}

void Crew::end_readers() noexcept {
  MutexLock lock(mutex_);
  while (readers_left_ > 0) {
    // The signal is lost on a thread that is about to read: say it again.
    for (const pthread_t reader : readers_) pthread_kill(reader, wake_signal);
    changed_.wait_until(lock, from_now(std::chrono::milliseconds(10)));
  }
}

void Crew::enlist() noexcept {
  allow_wake_signal();
  const MutexLock lock(mutex_);
  readers_.push_back(pthread_self());
}

void Crew::leave() noexcept {
  const MutexLock lock(mutex_);
  std::erase(readers_, pthread_self());
  --readers_left_;
  changed_.notify_all();
}

template <class Before, class After>
void Crew::serve(bool must_not_block, Before before, After after) noexcept {
  IoRequest* message = pool_.take();
  while (message != nullptr && !leaving_.load(std::memory_order_relaxed)) {
    const Duties::Received received = duties_.receive(*message);
    if (received == Duties::Received::ended) {
      stop();
      send_readers_home();
    }
    if (received != Duties::Received::message) continue;

    before();
    duties_.handle(*message, must_not_block);
    if (message->holds.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      put_spares(pool_, *message);
      message->holds.store(1, std::memory_order_relaxed);
    } else {
      message = pool_.take();
    }
    if (!after()) break;
  }
  if (message != nullptr) drop(pool_, *message);
}

void Crew::work(Worker& worker) noexcept {
  const BlockingLeave::Membership membership(leave_);
  enlist();
  serve(
      false,
      [&] {
        // Either the sentry sees that this worker is busy or the worker sees that it sleeps.
        worker.turns.fetch_add(1, std::memory_order_seq_cst);
        if (sentry_sleeps_.load(std::memory_order_seq_cst)) wake_sentry();
      },
      [&] {
        worker.turns.fetch_add(1, std::memory_order_release);
        return true;
      });
  leave();
}

void Crew::watch() noexcept {
  enlist();
  std::vector<std::uint64_t> turns(workers_.size());
  while (!leaving_.load()) {
    for (std::size_t i = 0; i < workers_.size(); ++i) turns[i] = workers_[i].turns.load();
    pool_.trim();
    {
      MutexLock lock(mutex_);
      sentry_sleeps_.store(true, std::memory_order_seq_cst);
      while (!any_busy() && !leaving_.load()) sentry_wakes_.wait(lock);
      sentry_sleeps_.store(false, std::memory_order_relaxed);
      if (!leaving_.load()) sentry_wakes_.wait_until(lock, from_now(size_.tick));
    }
    if (!all_stuck(turns)) continue;
    serve(
        true, [] {}, [&] { return all_stuck(turns); });
  }
  leave();
}

void Crew::carry() noexcept {
  while (IoRequest* request = backlog_.pop()) duties_.carry(*request);
}

bool Crew::any_busy() const noexcept {
  return std::any_of(workers_.begin(), workers_.end(), [](const Worker& worker) {
    return worker.turns.load(std::memory_order_seq_cst) % 2 == 1;
  });
}

bool Crew::all_stuck(const std::vector<std::uint64_t>& turns) const noexcept {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (turns[i] % 2 == 0 || workers_[i].turns.load() != turns[i]) return false;
  }
  return true;
}

void Crew::wake_sentry() noexcept {
  const MutexLock lock(mutex_);
  sentry_wakes_.notify_one();
}

}  // namespace scsimpath::fuse
