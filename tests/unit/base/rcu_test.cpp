// SPDX-License-Identifier: LGPL-2.1-or-later
// A reader's snapshot outlives its replacement until the reader is done.
#include "rcu.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <memory>

#include "gate.h"
#include "thread.h"

using namespace scsimpath;
using scsimpath::test::Gate;

BOOST_AUTO_TEST_SUITE(rcu)

BOOST_AUTO_TEST_CASE(exchange_gives_back_the_old_pointer) {
  int first = 1;
  int second = 2;
  RcuPointer<int> pointer(&first);
  BOOST_TEST(pointer.exchange(&second) == &first);
  const RcuReadLock lock;
  BOOST_TEST(pointer.load() == &second);
}

BOOST_AUTO_TEST_CASE(synchronize_waits_for_open_read_sections) {
  RcuPointer<int> pointer(new int(1));
  Gate reading;
  Gate let_go;
  std::atomic<bool> section_over{false};
  int value = 0;
  Thread reader("reader", [&] {
    const RcuReadLock lock;
    const int* seen = pointer.load();
    reading.arrive();
    let_go.wait_for(1);
    value = *seen;
    section_over = true;
  });
  reading.wait_for(1);
  const std::unique_ptr<int> old(pointer.exchange(new int(2)));
  let_go.arrive();
  rcu_synchronize();
  BOOST_TEST(section_over.load());
  reader.join();
  BOOST_TEST(value == 1);
  delete pointer.exchange(nullptr);
}

BOOST_AUTO_TEST_CASE(many_readers_never_see_a_destroyed_snapshot) {
  struct Snapshot {
    int first = 0;
    int second = 0;
    ~Snapshot() { first = -1; }
  };
  RcuPointer<Snapshot> pointer(new Snapshot);
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  Gate reading;
  auto read = [&] {
    reading.arrive();
    while (!stop) {
      const RcuReadLock lock;
      const Snapshot* seen = pointer.load();
      if (seen->first != seen->second) ++torn;
    }
  };
  Thread one("reader", read);
  Thread two("reader", read);
  reading.wait_for(2);
  for (int i = 1; i <= 200; ++i) {
    auto* next = new Snapshot;
    next->first = i;
    next->second = i;
    const std::unique_ptr<Snapshot> old(pointer.exchange(next));
    rcu_synchronize();
  }
  stop = true;
  one.join();
  two.join();
  delete pointer.exchange(nullptr);
  BOOST_TEST(torn.load() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
