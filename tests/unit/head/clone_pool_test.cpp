// SPDX-License-Identifier: LGPL-2.1-or-later
// Clones that cannot be had are waited for; nothing is dropped.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <vector>

#include "head_world.h"
#include "pool.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

namespace {

struct Counted {
  Counted() { ++alive; }
  ~Counted() { --alive; }
  static inline int alive = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(pool)

BOOST_AUTO_TEST_CASE(it_starts_with_a_reserve_and_grows_to_its_bound) {
  {
    Pool<Counted> pool(4);
    BOOST_TEST(Counted::alive == static_cast<int>(Pool<Counted>::reserve));
    std::vector<Counted*> taken;
    for (int i = 0; i < 4; ++i) {
      taken.push_back(pool.take());
      BOOST_TEST_REQUIRE(taken.back() != nullptr);
    }
    BOOST_TEST(Counted::alive == 4);
    BOOST_TEST(pool.take() == nullptr);
    for (Counted* object : taken) static_cast<void>(pool.give(object));
    BOOST_TEST(Counted::alive == 4);
  }
  BOOST_TEST(Counted::alive == 0);
}

BOOST_AUTO_TEST_CASE(who_gives_one_back_hears_that_somebody_waits) {
  Pool<Counted> pool(2);
  Counted* first = pool.take();
  Counted* second = pool.take();
  BOOST_TEST(!pool.give(first));
  first = pool.take();
  BOOST_TEST_REQUIRE(first != nullptr);
  BOOST_TEST(pool.take() == nullptr);
  BOOST_TEST(pool.give(first));
  BOOST_TEST(!pool.give(second));
}

BOOST_AUTO_TEST_CASE(what_comes_back_is_used_again) {
  Pool<Counted> pool(8);
  for (int i = 0; i < 1000; ++i) static_cast<void>(pool.give(pool.take()));
  BOOST_TEST(Counted::alive == static_cast<int>(Pool<Counted>::reserve));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(clones)

BOOST_AUTO_TEST_CASE(a_request_without_a_clone_waits_and_none_is_lost) {
  HeadWorld world({.max_clones = 4});
  world.path(0).hold_io = true;
  std::vector<TestRequest*> requests;
  for (std::uint64_t i = 0; i < 50; ++i) requests.push_back(&world.write(i * 512, 512));
  BOOST_TEST(world.path(0).held() == 4U);
  BOOST_TEST(world.status().in_flight == 4U);
  BOOST_TEST(world.status().held == 46U);
  auto& impatient = world.prepare(Operation::read, 0, 512);
  impatient.no_wait = true;
  world.start(impatient);
  BOOST_TEST_REQUIRE(impatient.is_done());
  BOOST_TEST((impatient.error == IoError::again));

  for (int round = 0; round < 200 && world.path(0).held() > 0; ++round) {
    BOOST_TEST_REQUIRE(world.path(0).held() <= 4U);
    world.path(0).complete_held();
    world.settle();
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    BOOST_TEST_REQUIRE(requests[i]->is_good());
    if (i > 0) BOOST_TEST(requests[i]->done_as > requests[i - 1]->done_as);
  }
  BOOST_TEST(world.path_status(0).in_flight == 0);
}

BOOST_AUTO_TEST_CASE(a_clone_that_failed_frees_one_that_waits) {
  HeadWorld world({.max_clones = 2});
  world.path(0).hold_io = true;
  std::vector<TestRequest*> requests;
  for (std::uint64_t i = 0; i < 6; ++i) requests.push_back(&world.write(i * 512, 512));
  world.path(0).complete_all_held(Answer::host_byte(0x01));
  world.settle();
  for (const TestRequest* request : requests) BOOST_TEST(request->is_good());
  BOOST_TEST(world.path(1).count_writes() == 6U);
}

BOOST_AUTO_TEST_CASE(an_edge_block_is_waited_for_too) {
  HeadWorld world({.max_clones = 2});
  world.path(0).hold_io = true;
  std::vector<TestRequest*> requests;
  for (std::uint64_t i = 0; i < 12; ++i) requests.push_back(&world.write(i * 512 + 10, 100));
  for (int round = 0; round < 200 && world.path(0).held() > 0; ++round) {
    world.path(0).complete_held();
    world.settle();
  }
  for (const TestRequest* request : requests) {
    BOOST_TEST(request->is_good());
    BOOST_TEST(world.agrees_with_disk(*request));
  }
}

BOOST_AUTO_TEST_SUITE_END()
