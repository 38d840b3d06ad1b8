// SPDX-License-Identifier: LGPL-2.1-or-later
// Who gets a thread when there are not enough for all.
#include "callers.h"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <vector>

#include "mutex.h"

using namespace scsimpath;

namespace {

/// Its calls stay until they are let go.
class Client final : public sg::Callers::Client {
 public:
  void call() noexcept override {
    MutexLock lock(mutex_);
    ++inside_;
    changed_.notify_all();
    while (permits_ == 0) changed_.wait(lock);
    --permits_;
    --inside_;
    ++done_;
    changed_.notify_all();
  }
  void let_go(unsigned calls) {
    const MutexLock lock(mutex_);
    permits_ += calls;
    changed_.notify_all();
  }
  void wait_for_inside(unsigned calls) {
    MutexLock lock(mutex_);
    while (inside_ < calls) changed_.wait(lock);
  }
  void wait_for_done(unsigned calls) {
    MutexLock lock(mutex_);
    while (done_ < calls) changed_.wait(lock);
  }
  [[nodiscard]] unsigned inside() {
    const MutexLock lock(mutex_);
    return inside_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  unsigned inside_ GUARDED_BY(mutex_) = 0;
  unsigned done_ GUARDED_BY(mutex_) = 0;
  unsigned permits_ GUARDED_BY(mutex_) = 0;
};

void ask(sg::Callers& callers, const std::shared_ptr<Client>& client, unsigned calls) {
  for (unsigned i = 0; i < calls; ++i) callers.ask(client);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sg_callers)

BOOST_AUTO_TEST_CASE(threads_come_with_the_need_and_stay) {
  const auto client = std::make_shared<Client>();
  sg::Callers callers({.reserve = 1, .most = 16});
  BOOST_TEST(callers.size() == 1U);
  ask(callers, client, 3);
  client->wait_for_inside(3);
  BOOST_TEST(callers.busy() == 3U);
  BOOST_TEST(callers.size() == 3U);
  client->let_go(3);
  client->wait_for_done(3);
  ask(callers, client, 1);
  client->wait_for_inside(1);
  BOOST_TEST(callers.size() <= 4U);  // one may not have been back yet
  client->let_go(1);
}

BOOST_AUTO_TEST_CASE(clients_that_are_stuck_leave_threads_for_others) {
  std::vector<std::shared_ptr<Client>> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(std::make_shared<Client>());
  sg::Callers callers({.reserve = 1, .most = 8});
  // Each as many as it leaves.
  const unsigned shares[] = {4, 2, 1, 1};
  for (std::size_t i = 0; i < std::size(shares); ++i) {
    ask(callers, clients[i], 8);
    clients[i]->wait_for_inside(shares[i]);
  }
  BOOST_TEST(callers.busy() == 8U);
  for (std::size_t i = 0; i < std::size(shares); ++i) BOOST_TEST(clients[i]->inside() == shares[i]);
  // Only where nothing is left somebody waits; and then for the first thread that comes back.
  ask(callers, clients[4], 1);
  clients[4]->let_go(1);
  clients[1]->let_go(1);
  clients[4]->wait_for_done(1);
  for (const auto& client : clients) client->let_go(8);
}

BOOST_AUTO_TEST_CASE(everybody_in_line_has_a_turn) {
  const auto greedy = std::make_shared<Client>();
  const auto modest = std::make_shared<Client>();
  sg::Callers callers({.reserve = 1, .most = 1});
  ask(callers, greedy, 100);
  greedy->wait_for_inside(1);
  ask(callers, modest, 1);
  modest->let_go(1);
  // Two calls of the other at most come first.
  greedy->let_go(2);
  modest->wait_for_done(1);
  greedy->let_go(98);
}

BOOST_AUTO_TEST_CASE(the_end_comes_after_what_was_asked_for) {
  const auto client = std::make_shared<Client>();
  {
    sg::Callers callers({.reserve = 2, .most = 2});
    ask(callers, client, 50);
    client->let_go(50);
  }
  client->wait_for_done(50);
  BOOST_TEST(client.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
