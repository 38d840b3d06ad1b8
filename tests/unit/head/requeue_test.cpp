// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests that wait: in order, without recursion, woken by whatever can help.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <vector>

#include "head_world.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

namespace {

void all_down(HeadWorld& world, std::size_t paths) {
  for (std::size_t i = 0; i < paths; ++i) world.path(i).go_down();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(requeue)

BOOST_AUTO_TEST_CASE(trap_01_what_waited_goes_on_first_in_first_out) {
  HeadWorld world;
  all_down(world, 2);
  std::vector<TestRequest*> requests;
  for (std::uint64_t i = 0; i < 300; ++i) requests.push_back(&world.write(i * 1024, 512));
  BOOST_TEST(world.status().held == 300U);
  BOOST_TEST((world.status().state == HeadState::holding));
  for (std::size_t i = 0; i < 2; ++i) world.path(i).log.clear();

  world.path(0).come_back();
  world.advance(5500ms);
  BOOST_TEST(world.status().held == 0U);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    BOOST_TEST_REQUIRE(requests[i]->is_good());
    if (i > 0) BOOST_TEST_REQUIRE(requests[i]->done_as > requests[i - 1]->done_as);
  }
  std::uint64_t next = 0;
  for (const Seen& seen : world.path(0).log) {
    if (!seen.is_write()) continue;
    BOOST_TEST_REQUIRE(seen.lba == next);
    next += 2;
  }
  BOOST_TEST(next == 600U);
}

BOOST_AUTO_TEST_CASE(trap_01_each_picks_a_path_anew) {
  HeadSettings settings;
  settings.iopolicy = IoPolicy::round_robin;
  HeadWorld world({.settings = settings, .paths = 4});
  all_down(world, 4);
  for (std::uint64_t i = 0; i < 40; ++i) world.write(i * 512, 512);
  for (std::size_t i = 0; i < 4; ++i) {
    world.path(i).log.clear();
    world.path(i).hold_checks = true;
    world.path(i).come_back();
  }
  world.advance(5s);
  // The checks answer at one moment, before anything that waits can run.
  for (std::size_t i = 0; i < 4; ++i) world.path(i).hold_checks = false;
  for (std::size_t i = 0; i < 4; ++i) world.path(i).complete_all_held();
  world.advance(6s);
  BOOST_TEST(world.status().held == 0U);
  std::size_t all = 0;
  for (std::size_t i = 0; i < 4; ++i) all += world.path(i).count_writes();
  BOOST_TEST(all == 40U);
}

BOOST_AUTO_TEST_CASE(trap_01_very_many_do_not_recurse) {
  for (const auto completion :
       {ScriptedPath::Completion::in_submit, ScriptedPath::Completion::in_worker}) {
    HeadWorld world({.completion = completion});
    all_down(world, 2);
    std::vector<TestRequest*> requests;
    for (int i = 0; i < 5000; ++i)
      requests.push_back(&world.start(world.prepare(Operation::read, 0, 512)));
    world.settle();
    BOOST_TEST(world.status().held == 5000U);
    // Each meets an error once more before it succeeds.
    for (std::size_t i = 0; i < 2; ++i) world.path(i).come_back();
    for (int i = 0; i < 5; ++i) world.path(0).script_io(Answer::host_byte(0x01));
    world.advance(20s);
    std::size_t good = 0;
    for (const TestRequest* request : requests) good += request->is_good() ? 1 : 0;
    BOOST_TEST(good == 5000U);
  }
}

BOOST_AUTO_TEST_CASE(trap_12_a_check_that_succeeds_wakes_them) {
  HeadWorld world;
  all_down(world, 2);
  auto& request = world.write(0, 512);
  world.advance(7s);
  BOOST_TEST(!request.is_done());
  world.path(1).come_back();
  const Instant back = world.runtime.now();
  world.advance(6s);
  BOOST_TEST(request.is_good());
  BOOST_TEST((request.done_at - back <= 5500ms));
  BOOST_TEST(world.events.count(EventKind::paths_back) == 1U);
}

BOOST_AUTO_TEST_CASE(trap_12_the_administrator_wakes_them) {
  HeadWorld world;
  for (const char* path : {"p0", "p1"})
    BOOST_TEST(world.head().set_path_state(path, PathState::offline).has_value());
  auto& request = world.write(0, 512);
  world.advance(12s);
  BOOST_TEST(!request.is_done());
  BOOST_TEST(world.head().set_path_state("p1", PathState::running).has_value());
  world.settle();
  BOOST_TEST(request.is_good());
}

BOOST_AUTO_TEST_CASE(trap_12_an_access_state_wakes_them) {
  HeadWorld world;
  world.disk->access[1] = AccessState::standby;
  world.disk->access[2] = AccessState::standby;
  auto& request = world.write(0, 512);
  world.advance(7s);
  BOOST_TEST(!request.is_done());
  BOOST_TEST((world.path_status(0).state == PathState::ghost));
  BOOST_TEST((world.path_status(1).state == PathState::ghost));
  world.disk->access[2] = AccessState::non_optimized;
  const Instant back = world.runtime.now();
  world.advance(6s);
  BOOST_TEST(request.is_good());
  BOOST_TEST((request.done_at - back <= 5500ms));
}

BOOST_AUTO_TEST_CASE(trap_12_the_end_of_a_transition_wakes_them) {
  HeadWorld world({.paths = 1});
  world.disk->access[1] = AccessState::transitioning;
  auto& request = world.write(0, 512);
  world.advance(5s);
  BOOST_TEST(!request.is_done());
  BOOST_TEST((world.path_status(0).state == PathState::transitioning));
  world.disk->access[1] = AccessState::optimized;
  const Instant over = world.runtime.now();
  world.advance(4s);
  BOOST_TEST(request.is_good());
  // Asked again every 2 s.
  BOOST_TEST((request.done_at - over <= 2500ms));
}

BOOST_AUTO_TEST_CASE(trap_12_a_new_path_wakes_them) {
  HeadWorld world;
  all_down(world, 2);
  auto& request = world.write(0, 512);
  world.advance(1s);
  BOOST_TEST(!request.is_done());
  world.add_path();
  world.settle();
  BOOST_TEST(request.is_good());
}

BOOST_AUTO_TEST_CASE(trap_12_a_revalidated_path_wakes_them) {
  HeadWorld world({.paths = 1});
  world.path(0).hold_checks = true;
  world.path(0).unit_attention(0x2a, 0x01);
  auto& request = world.write(0, 512);
  BOOST_TEST(!request.is_done());
  world.path(0).hold_checks = false;
  world.path(0).complete_all_held();
  world.settle();
  BOOST_TEST(request.is_good());
}

BOOST_AUTO_TEST_CASE(one_that_may_not_wait_is_told_so) {
  HeadWorld world;
  all_down(world, 2);
  BOOST_TEST(!world.write(0, 512).is_done());
  auto& request = world.prepare(Operation::read, 4096, 512);
  request.no_wait = true;
  world.start(request);
  BOOST_TEST_REQUIRE(request.is_done());
  BOOST_TEST((request.error == IoError::again));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cancel)

BOOST_AUTO_TEST_CASE(one_that_is_parked_ends_inside_the_call) {
  HeadWorld world;
  all_down(world, 2);
  auto& first = world.write(0, 512);
  auto& second = world.write(512, 512);
  world.head().cancel(first);
  BOOST_TEST_REQUIRE(first.is_done());
  BOOST_TEST((first.error == IoError::interrupted));
  BOOST_TEST(!second.is_done());
  BOOST_TEST(world.status().held == 1U);
  world.path(0).come_back();
  world.advance(6s);
  BOOST_TEST(second.is_good());
}

BOOST_AUTO_TEST_CASE(one_that_waits_for_its_retry_ends_inside_the_call) {
  HeadWorld world;
  world.path(0).script_io(Answer::host_byte(0x08));
  auto& request = world.write(0, 512);
  BOOST_TEST(!request.is_done());
  world.head().cancel(request);
  BOOST_TEST_REQUIRE(request.is_done());
  BOOST_TEST((request.error == IoError::interrupted));
  BOOST_TEST(world.status().held == 0U);
}

BOOST_AUTO_TEST_CASE(one_that_waits_for_another_write_ends_inside_the_call) {
  HeadWorld world;
  world.path(0).hold_io = true;
  auto& first = world.write(0, 512);
  auto& second = world.write(0, 1024);
  auto& third = world.write(512, 512);
  world.head().cancel(second);
  BOOST_TEST_REQUIRE(second.is_done());
  BOOST_TEST((second.error == IoError::interrupted));
  world.path(0).hold_io = false;
  world.path(0).complete_all_held();
  world.settle();
  BOOST_TEST(first.is_good());
  BOOST_TEST(third.is_good());
}

BOOST_AUTO_TEST_CASE(one_that_is_on_a_path_goes_on_as_long_as_it_need_not_wait) {
  HeadWorld world;
  world.path(0).hold_io = true;
  auto& good = world.write(0, 512);
  auto& bad = world.write(512, 512);
  world.head().cancel(good);
  world.head().cancel(bad);
  BOOST_TEST(!good.is_done());
  BOOST_TEST(!bad.is_done());
  world.path(0).complete_held(0);
  world.path(0).complete_held(0, Answer::host_byte(0x01));
  world.settle();
  BOOST_TEST(good.is_good());
  BOOST_TEST_REQUIRE(bad.is_done());
  BOOST_TEST((bad.error == IoError::interrupted));
}

BOOST_AUTO_TEST_CASE(a_request_may_be_used_again) {
  HeadWorld world;
  all_down(world, 2);
  auto& request = world.write(0, 512);
  world.head().cancel(request);
  BOOST_TEST((request.error == IoError::interrupted));
  world.path(0).come_back();
  world.advance(6s);
  request.times_done = 0;
  world.start(request);
  world.settle();
  BOOST_TEST(request.is_good());
}

BOOST_AUTO_TEST_SUITE_END()
