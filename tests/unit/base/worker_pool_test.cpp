// SPDX-License-Identifier: LGPL-2.1-or-later
// Workers share one queue and finish it before they end.
#include "worker_pool.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <deque>

#include "gate.h"

using namespace scsimpath;
using scsimpath::test::Gate;

namespace {

struct Count : Task {
  explicit Count(std::atomic<int>& all) : Task(add), sum(all) {}
  static void add(Task& task) noexcept { ++static_cast<Count&>(task).sum; }
  std::atomic<int>& sum;
};

struct Meet : Task {
  Meet(Gate& other, unsigned all) : Task(wait), gate(other), count(all) {}
  static void wait(Task& task) noexcept {
    auto& meet = static_cast<Meet&>(task);
    meet.gate.arrive();
    meet.gate.wait_for(meet.count);
  }
  Gate& gate;
  unsigned count;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(worker_pool)

BOOST_AUTO_TEST_CASE(runs_everything_that_was_posted_before_it_stops) {
  std::atomic<int> sum{0};
  std::deque<Count> tasks;
  for (int i = 0; i < 1000; ++i) tasks.emplace_back(sum);
  WorkerPool pool(3);
  for (Count& task : tasks) pool.post(task);
  pool.stop();
  BOOST_TEST(sum.load() == 1000);
}

BOOST_AUTO_TEST_CASE(every_thread_carries_work) {
  Gate gate;
  Meet first(gate, 3);
  Meet second(gate, 3);
  Meet third(gate, 3);
  WorkerPool pool(3);
  pool.post(first);
  pool.post(second);
  pool.post(third);
  // Ends only when all three ran at once.
  pool.stop();
  BOOST_TEST(gate.count() == 3U);
}

BOOST_AUTO_TEST_CASE(a_pool_of_one_keeps_the_order) {
  struct Note : Task {
    Note(std::vector<int>& all, int number) : Task(write), notes(all), value(number) {}
    static void write(Task& task) noexcept {
      auto& note = static_cast<Note&>(task);
      note.notes.push_back(note.value);
    }
    std::vector<int>& notes;
    int value;
  };
  std::vector<int> notes;
  Note first(notes, 1);
  Note second(notes, 2);
  Note third(notes, 3);
  WorkerPool pool(1);
  pool.post(first);
  pool.post(second);
  pool.post(third);
  pool.stop();
  BOOST_TEST((notes == std::vector{1, 2, 3}));
}

BOOST_AUTO_TEST_SUITE_END()
