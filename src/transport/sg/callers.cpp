// SPDX-License-Identifier: LGPL-2.1-or-later
// Who gets the next thread.
#include "callers.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "log.h"

namespace scsimpath::sg {

namespace {
// What a completion needs, its log line included: the memory of all of them may be locked.
constexpr std::size_t stack_size = 128U << 10U;
}  // namespace

Callers::Callers(Size size) : size_(size) {
  try {
    const MutexLock lock(mutex_);
    threads_.reserve(size_.most);
    for (unsigned i = 0; i < size_.reserve; ++i) start_thread();
  } catch (...) {
    stop();
    throw;
  }
}

Callers::~Callers() {
  stop();
}

void Callers::stop() noexcept {
  std::vector<Thread> threads;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
    changed_.notify_all();
  }
  for (Thread& thread : threads) thread.join();
}

void Callers::start_thread() {
  threads_.emplace_back(
      fmt::format("sg-caller-{}", threads_.size()), [this] { loop(); }, stack_size);
  ++starting_;
}

void Callers::ask(const std::shared_ptr<Client>& client) noexcept {
  const MutexLock lock(mutex_);
  if (client->asked_++ == 0) {
    client->self_ = client;
    line_up(*client);
  }
  ++calls_;
  summon();
}

void Callers::summon() noexcept {
  if (woken_ + starting_ >= calls_ || next_client() == nullptr) return;
  if (idle_ > woken_) {
    ++woken_;
    changed_.notify_one();
  } else if (threads_.size() < size_.most && !stopping_) {
    try {
      start_thread();
    } catch (const std::exception& error) {
      // Those there are come to it.
      log::warn("no further thread to send commands with: {}", error.what());
    }
  }
}

Callers::Client* Callers::next_client() const noexcept {
  const unsigned left = size_.most - busy_;
  Client* client = first_;
  while (client != nullptr && client->callers_ >= left) client = client->next_;
  return client;
}

void Callers::line_up(Client& client) noexcept {
  client.next_ = nullptr;
  (last_ != nullptr ? last_->next_ : first_) = &client;
  last_ = &client;
}

void Callers::leave_line(Client& client) noexcept {
  Client* before = nullptr;
  for (Client* other = first_; other != &client; other = other->next_) before = other;
  (before != nullptr ? before->next_ : first_) = client.next_;
  if (last_ == &client) last_ = before;
}

void Callers::loop() noexcept {
  MutexLock lock(mutex_);
  --starting_;
  for (;;) {
    if (Client* const client = next_client()) {
      leave_line(*client);
      std::shared_ptr<Client> alive = std::move(client->self_);
      if (--client->asked_ > 0) {
        client->self_ = alive;
        line_up(*client);
      }
      --calls_;
      ++client->callers_;
      ++busy_;
      summon();
      lock.unlock();
      client->call();
      lock.lock();
      --busy_;
      --client->callers_;
      lock.unlock();
      alive.reset();  // perhaps the last
      lock.lock();
      continue;
    }
    if (stopping_ && first_ == nullptr) {
      changed_.notify_all();  // those that found only clients who had their share
      return;
    }
    ++idle_;
    changed_.wait(lock);
    --idle_;
    if (woken_ > 0) --woken_;
  }
}

unsigned Callers::busy() noexcept {
  const MutexLock lock(mutex_);
  return busy_;
}

unsigned Callers::size() noexcept {
  const MutexLock lock(mutex_);
  return static_cast<unsigned>(threads_.size());
}

}  // namespace scsimpath::sg
