// SPDX-License-Identifier: LGPL-2.1-or-later
// A striped counter loses nothing.
#include <boost/test/unit_test.hpp>
#include <vector>

#include "striped_counter.h"
#include "thread.h"

using scsimpath::StripedCounter;
using scsimpath::Thread;

BOOST_AUTO_TEST_SUITE(striped_counter)

BOOST_AUTO_TEST_CASE(adds_up_over_threads) {
  StripedCounter counter;
  counter.add(5);
  BOOST_TEST(counter.value() == 5U);
  {
    std::vector<Thread> threads;
    for (int i = 0; i < 12; ++i)
      threads.emplace_back("counting", [&] {
        for (int n = 0; n < 1000; ++n) counter.add(2);
      });
  }
  BOOST_TEST(counter.value() == 24005U);
}

BOOST_AUTO_TEST_SUITE_END()
