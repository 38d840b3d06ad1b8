// SPDX-License-Identifier: LGPL-2.1-or-later
// A device that has no room: fewer commands at once, and nobody forgotten.
#include "room.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <chrono>
#include <vector>

#include "head_world.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

namespace {

constexpr Instant begin{1h};

/// So many writes of different blocks.
std::vector<TestRequest*> write_many(HeadWorld& world, std::size_t count, std::size_t first = 0) {
  std::vector<TestRequest*> requests;
  for (std::size_t i = first; i < first + count; ++i) {
    requests.push_back(&world.write(i * 512, 512));
  }
  return requests;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(room)

BOOST_AUTO_TEST_CASE(there_is_no_bound_before_the_device_tells_of_one) {
  const Room room;
  BOOST_TEST(!room.limit(begin).has_value());
  BOOST_TEST(!room.is_short(begin));
}

BOOST_AUTO_TEST_CASE(it_is_what_the_device_had_and_doubles_every_second) {
  Room room;
  room.shrink(3, begin);
  BOOST_TEST(room.is_short(begin + 999ms));
  BOOST_TEST(room.limit(begin + 999ms).value() == 3);
  BOOST_TEST(!room.is_short(begin + 1s));
  BOOST_TEST(room.limit(begin + 1s).value() == 6);
  BOOST_TEST(room.limit(begin + 4s).value() == 48);
  BOOST_TEST(!room.limit(begin + 12s).has_value());
}

BOOST_AUTO_TEST_CASE(told_again_it_shrinks_to_what_was_there_and_never_to_nothing) {
  Room room;
  room.shrink(8, begin);
  room.shrink(20, begin);  // more were sent before the first one was back
  BOOST_TEST(room.limit(begin).value() == 8);
  room.shrink(12, begin + 1s);
  BOOST_TEST(room.limit(begin + 1s).value() == 12);
  room.shrink(0, begin + 1s);
  BOOST_TEST(room.limit(begin + 1s).value() == 1);
}

BOOST_AUTO_TEST_CASE(a_full_path_is_given_no_more_than_it_had) {
  HeadWorld world({.paths = 1});
  ScriptedPath& path = world.path(0);
  path.hold_io = true;
  write_many(world, 4);
  BOOST_TEST_REQUIRE(path.held() == 4U);
  path.complete_held(0, Answer::status_byte(0x28));
  world.settle();
  BOOST_TEST(world.path_status(0).in_flight_limit.value() == 3);
  world.advance(500ms);
  BOOST_TEST(path.held() == 3U);  // the refused one waits
  BOOST_TEST(world.status().held == 1U);
  auto& more = world.write(512 * 100, 512);
  BOOST_TEST(path.held() == 3U);
  // One that comes back makes room, first for who has waited longest.
  path.complete_held(0, Answer::good());
  world.settle();
  BOOST_TEST(path.held() == 3U);
  BOOST_TEST(world.status().held == 1U);
  BOOST_TEST(!more.is_done());
  path.hold_io = false;
  path.complete_all_held(Answer::good());
  world.settle();
  BOOST_TEST(more.is_good());
  BOOST_TEST(world.status().held == 0U);
  BOOST_TEST((world.path_status(0).state == PathState::running));
  world.advance(12s);
  BOOST_TEST(!world.path_status(0).in_flight_limit.has_value());
}

BOOST_AUTO_TEST_CASE(what_a_full_path_is_not_given_goes_down_another) {
  HeadWorld world;
  ScriptedPath& path = world.path(0);
  path.hold_io = true;
  const auto requests = write_many(world, 3);
  path.complete_held(0, Answer::status_byte(0x28));
  world.advance(50ms);
  BOOST_TEST(requests[0]->is_good());
  BOOST_TEST(world.path(1).count_io() == 1U);
  world.advance(950ms);
  // Numa prefers it again, as far as there is room: four.
  BOOST_TEST(world.head().set_path_state("p1", PathState::offline).has_value());
  BOOST_TEST(!world.write(512 * 100, 512).is_done());
  BOOST_TEST(world.head().set_path_state("p1", PathState::running).has_value());
  world.settle();
  const auto more = write_many(world, 5, 10);
  BOOST_TEST(path.held() == 4U);
  BOOST_TEST(world.path(1).count_io() == 5U);
  path.hold_io = false;
  path.complete_all_held(Answer::good());
  world.settle();
  for (const TestRequest* request : more) BOOST_TEST(request->is_done());
}

BOOST_AUTO_TEST_CASE(retries_on_a_path_that_went_are_not_counted_on_the_next) {
  HeadSettings settings;
  settings.no_path_timeout = {};
  HeadWorld world({.settings = settings});
  for (int i = 0; i < 5; ++i) world.path(0).script_io(Answer::errno_value(ENOMEM));
  auto& read = world.read(0, 512);
  world.advance(160ms);
  BOOST_TEST(world.path(0).count_reads() == 5U);
  world.path(0).go_down();
  BOOST_TEST(world.write(512, 512).is_good());  // finds it
  world.path(1).script_io(Answer::status_byte(0x08));
  world.advance(1s);
  BOOST_TEST(read.is_good());
}

BOOST_AUTO_TEST_CASE(
    what_another_path_has_refused_is_not_held_against_one_that_was_full_for_a_moment) {
  HeadWorld world({.settings = {.iopolicy = IoPolicy::round_robin, .no_path_timeout = 0s}});
  world.path(0).every_io = Answer::status_byte(0x08);
  for (int i = 0; i < 3; ++i) world.path(1).script_io(Answer::status_byte(0x28));
  auto& request = world.read(0, 4096);
  world.advance(5s);
  BOOST_TEST(request.is_good());
  BOOST_TEST(world.path(1).count_io() == 4U);
}

BOOST_AUTO_TEST_CASE(who_must_not_wait_is_told_so_by_a_full_path) {
  HeadWorld world({.paths = 1});
  world.path(0).hold_io = true;
  write_many(world, 2);
  world.path(0).complete_held(0, Answer::status_byte(0x08));
  world.settle();
  auto& request = world.prepare(Operation::write, 512 * 100, 512);
  request.no_wait = true;
  world.start(request);
  world.settle();
  BOOST_TEST((request.error == IoError::again));
  world.path(0).hold_io = false;
  world.path(0).complete_all_held(Answer::good());
}

BOOST_AUTO_TEST_SUITE_END()
