// SPDX-License-Identifier: LGPL-2.1-or-later
// Timers come out in the order of their deadlines, wherever they were moved in between.
#include "timer_heap.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <deque>
#include <random>

using scsimpath::Instant;
using scsimpath::Timer;
using scsimpath::TimerHeap;

namespace {

Instant at(int ms) {
  return Instant(std::chrono::milliseconds(ms));
}
void nothing(Timer&) noexcept {}

}  // namespace

BOOST_AUTO_TEST_SUITE(timer_heap)

BOOST_AUTO_TEST_CASE(tells_when_the_earliest_changed) {
  TimerHeap heap;
  Timer first(nothing);
  Timer second(nothing);
  BOOST_TEST(heap.arm(second, at(20)));
  BOOST_TEST(heap.arm(first, at(10)));
  BOOST_TEST(heap.earliest() == &first);
  BOOST_TEST(!heap.arm(first, at(30)));
  BOOST_TEST(heap.earliest() == &second);
}

BOOST_AUTO_TEST_CASE(cancels_once) {
  TimerHeap heap;
  Timer timer(nothing);
  BOOST_TEST(!heap.cancel(timer));
  heap.arm(timer, at(1));
  BOOST_TEST(heap.cancel(timer));
  BOOST_TEST(!heap.cancel(timer));
  BOOST_TEST(heap.empty());
  BOOST_TEST(timer.slot == Timer::idle);
}

BOOST_AUTO_TEST_CASE(stays_in_order_under_any_moves) {
  std::mt19937 random(1);
  TimerHeap heap;
  std::deque<Timer> timers;
  for (int i = 0; i < 200; ++i) timers.emplace_back(nothing);
  for (int step = 0; step < 5000; ++step) {
    Timer& timer = timers[random() % timers.size()];
    if (random() % 3 == 0) {
      const bool armed = timer.slot != Timer::idle;
      BOOST_TEST_REQUIRE(heap.cancel(timer) == armed);
    } else {
      heap.arm(timer, at(static_cast<int>(random() % 1000)));
    }
    Instant earliest = Instant::max();
    for (const Timer& each : timers)
      if (each.slot != Timer::idle) earliest = std::min(earliest, each.due);
    if (heap.empty())
      BOOST_TEST_REQUIRE((earliest == Instant::max()));
    else
      BOOST_TEST_REQUIRE((heap.earliest()->due == earliest));
  }
  Instant last{};
  while (Timer* timer = heap.earliest()) {
    BOOST_TEST_REQUIRE((timer->due >= last));
    last = timer->due;
    heap.cancel(*timer);
  }
}

BOOST_AUTO_TEST_SUITE_END()
