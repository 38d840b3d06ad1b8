// SPDX-License-Identifier: LGPL-2.1-or-later
// The crew serves everybody, whatever blocks.
#include "crew.h"

#include <boost/test/unit_test.hpp>
#include <deque>

using namespace scsimpath;
using namespace scsimpath::fuse;

namespace {

Service& no_service() {
  static std::uint64_t nothing = 0;
  return reinterpret_cast<Service&>(nothing);
}

/// A kernel that hands out numbers, and work that blocks on those that say so.
class FakeDuties final : public Duties {
 public:
  explicit FakeDuties(IoPool& pool, Backlog& backlog) : pool_(pool), backlog_(backlog) {}

  enum class What { metadata, io, blocking_io };

  void send(What what) {
    const MutexLock lock(mutex_);
    messages_.push_back(what);
    changed_.notify_all();
  }
  void unmount() {
    const MutexLock lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  void unblock() {
    const MutexLock lock(mutex_);
    blocking_ = false;
    changed_.notify_all();
  }
  /// Waits until so many were served.
  bool served(std::size_t metadata, std::size_t io) { return wait(metadata, io, 0); }
  bool blocked(std::size_t count) { return wait(0, 0, count); }

  Received receive(IoRequest& into) noexcept override {
    MutexLock lock(mutex_);
    while (messages_.empty() && !ended_) changed_.wait(lock);
    if (ended_) return Received::ended;
    into.received = static_cast<std::size_t>(messages_.front());
    messages_.pop_front();
    return Received::message;
  }
  void handle(IoRequest& message, bool must_not_block) noexcept override {
    if (static_cast<What>(message.received) == What::metadata) {
      const MutexLock lock(mutex_);
      ++metadata_;
      changed_.notify_all();
      return;
    }
    if (must_not_block) {
      message.holds.fetch_add(1);
      backlog_.push(message);
    } else {
      do_io(message);
    }
  }
  void carry(IoRequest& request) noexcept override {
    do_io(request);
    drop(pool_, request);
  }

 private:
  void do_io(IoRequest& request) noexcept {
    MutexLock lock(mutex_);
    if (static_cast<What>(request.received) == What::blocking_io) {
      ++blocked_;
      changed_.notify_all();
      while (blocking_) changed_.wait(lock);
      --blocked_;
    }
    ++io_;
    changed_.notify_all();
  }

  /// False after ten seconds, which is for ever here.
  bool wait(std::size_t metadata, std::size_t io, std::size_t blocked) {
    const Instant end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    MutexLock lock(mutex_);
    while (metadata_ < metadata || io_ < io || blocked_ < blocked) {
      if (!changed_.wait_until(lock, end)) return false;
    }
    return true;
  }

  IoPool& pool_;
  Backlog& backlog_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<What> messages_ GUARDED_BY(mutex_);
  bool ended_ GUARDED_BY(mutex_) = false;
  bool blocking_ GUARDED_BY(mutex_) = true;
  std::size_t metadata_ GUARDED_BY(mutex_) = 0;
  std::size_t io_ GUARDED_BY(mutex_) = 0;
  std::size_t blocked_ GUARDED_BY(mutex_) = 0;
};

using What = FakeDuties::What;

struct Fixture {
  IoPool pool{no_service(), 4, 64};
  Backlog backlog;
  FakeDuties duties{pool, backlog};
  Crew crew{duties, pool, backlog, {.workers = 2, .carriers = 3}};

  ~Fixture() {
    duties.unblock();
    duties.unmount();
    crew.finish();
    pool.wait_all_returned();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(crew_test, Fixture)

BOOST_AUTO_TEST_CASE(every_message_is_handled) {
  crew.start();
  for (int i = 0; i < 1000; ++i) duties.send(i % 2 == 0 ? What::metadata : What::io);
  BOOST_TEST(duties.served(500, 500));
}

BOOST_AUTO_TEST_CASE(metadata_is_served_while_every_thread_that_may_block_is_blocked) {
  crew.start();
  // Two workers and three carriers; five more wait.
  for (int i = 0; i < 10; ++i) duties.send(What::blocking_io);
  BOOST_TEST(duties.blocked(5));
  for (int i = 0; i < 20; ++i) {
    duties.send(What::metadata);
    BOOST_TEST(duties.served(static_cast<std::size_t>(i + 1), 0));
  }
  duties.unblock();
  BOOST_TEST(duties.served(20, 10));
}

BOOST_AUTO_TEST_CASE(what_does_not_block_is_carried_beside_what_does) {
  crew.start();
  for (int i = 0; i < 2; ++i) duties.send(What::blocking_io);
  BOOST_TEST(duties.blocked(2));
  for (int i = 0; i < 50; ++i) duties.send(What::io);
  BOOST_TEST(duties.served(0, 50));
}

BOOST_AUTO_TEST_CASE(a_burst_after_silence_wakes_the_sentry_again) {
  crew.start();
  for (int round = 0; round < 5; ++round) {
    duties.send(What::metadata);
    BOOST_TEST(duties.served(static_cast<std::size_t>(round + 1), 0));
  }
  for (int i = 0; i < 2; ++i) duties.send(What::blocking_io);
  BOOST_TEST(duties.blocked(2));
  duties.send(What::metadata);
  BOOST_TEST(duties.served(6, 0));
}

BOOST_AUTO_TEST_CASE(the_end_of_messages_ends_the_wait) {
  crew.start();
  duties.unmount();
  crew.wait();
  crew.finish();
}

BOOST_AUTO_TEST_CASE(messages_are_served_between_stop_and_finish) {
  crew.start();
  crew.stop();
  crew.wait();
  for (int i = 0; i < 10; ++i) {
    duties.send(What::metadata);
    BOOST_TEST_REQUIRE(duties.served(static_cast<std::size_t>(i + 1), 0));
  }
  // Also by the sentry.
  for (int i = 0; i < 2; ++i) duties.send(What::blocking_io);
  BOOST_TEST(duties.blocked(2));
  duties.send(What::metadata);
  BOOST_TEST(duties.served(11, 0));
}

BOOST_AUTO_TEST_CASE(finishing_carries_what_is_in_the_backlog) {
  crew.start();
  for (int i = 0; i < 12; ++i) duties.send(What::blocking_io);
  BOOST_TEST(duties.blocked(5));
  duties.send(What::metadata);
  BOOST_TEST(duties.served(1, 0));  // so all before it were taken
  duties.unblock();
  duties.unmount();
  crew.finish();
  BOOST_TEST(duties.served(1, 12));
}

BOOST_AUTO_TEST_CASE(it_may_be_stopped_before_it_was_started) {
  crew.stop();
  crew.wait();
}

BOOST_AUTO_TEST_SUITE_END()
