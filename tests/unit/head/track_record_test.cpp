// SPDX-License-Identifier: LGPL-2.1-or-later
// Paths that fail too often: used last, for longer each time, and never kept from the last usable.
#include "track_record.h"

#include <boost/test/unit_test.hpp>
#include <chrono>

#include "head_world.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

namespace {

constexpr Instant begin{1h};

/// How long the path is used last when it has failed now and is back a moment later.
Duration cost_of_failure(TrackRecord& record, Instant now) {
  (void)record.failed(now, 0s);
  return std::max<Duration>(record.left(now), 0s);
}

/// A link that garbles one command in so many: each is retried and then good.
void garble(HeadWorld& world, unsigned count, unsigned one_in) {
  for (unsigned i = 0; i < count * one_in; ++i) {
    if (i % one_in == 0) world.path(0).script_io(Answer::sense(0xb, 0x47, 0x03));
    auto& request = world.write(0, 512);
    world.advance(10ms);
    BOOST_TEST_REQUIRE(request.is_good());
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(track_record)

BOOST_AUTO_TEST_CASE(
    the_third_failure_in_short_order_costs_a_second_and_each_further_twice_as_much) {
  TrackRecord record;
  Instant now = begin;
  BOOST_TEST((cost_of_failure(record, now) == 0s));
  BOOST_TEST((cost_of_failure(record, now += 59s) == 0s));
  for (const Duration expected : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    now += 50s;
    BOOST_TEST((cost_of_failure(record, now) == expected));
    now += expected;
    BOOST_TEST(!record.is_on_probation(now));
  }
}

BOOST_AUTO_TEST_CASE(a_minute_without_trouble_after_a_probation_makes_it_forget) {
  TrackRecord record;
  for (int i = 0; i < 9; ++i) (void)record.failed(begin, 5s);
  const Instant over = begin + 65s;
  BOOST_TEST(record.is_on_probation(over - 1s));
  TrackRecord other;
  for (int i = 0; i < 9; ++i) (void)other.failed(begin, 5s);
  BOOST_TEST((cost_of_failure(record, over + 60s) == 60s));  // the probation is no minute
  BOOST_TEST((cost_of_failure(other, over + 61s) == 0s));
}

BOOST_AUTO_TEST_CASE(too_many_errors_are_ten_and_one_in_a_hundred) {
  TrackRecord few;
  for (std::uint64_t i = 1; i <= 9; ++i) BOOST_TEST(few.erred(begin, i).empty());
  BOOST_TEST(!few.erred(begin, 10).empty());
  BOOST_TEST((few.left(begin) == 1s));
  TrackRecord rare;
  for (std::uint64_t i = 1; i <= 1000; ++i) BOOST_TEST(rare.erred(begin, 1 + i * 101).empty());
  TrackRecord slow;
  for (std::uint64_t i = 1; i <= 1000; ++i) BOOST_TEST(slow.erred(begin + i * 7s, i).empty());
}

BOOST_AUTO_TEST_CASE(the_administrator_knows_better) {
  TrackRecord record;
  for (int i = 0; i < 9; ++i) (void)record.failed(begin, 0s);
  record.clear();
  BOOST_TEST(!record.is_on_probation(begin));
  BOOST_TEST((cost_of_failure(record, begin) == 0s));
}

BOOST_AUTO_TEST_CASE(trap_02_a_path_that_garbles_one_command_in_fifty_is_used_last) {
  HeadWorld world;
  garble(world, 10, 50);
  BOOST_TEST(world.events.count(EventKind::path_demoted, "p0") == 1U);
  BOOST_TEST((world.path_status(0).state == PathState::running));
  BOOST_TEST(world.path_status(0).probation_s > 0.0);
  world.path(0).log.clear();
  BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST(world.path(0).count_io() == 0U);
  BOOST_TEST(world.path(1).count_io() >= 1U);
}

BOOST_AUTO_TEST_CASE(one_error_in_two_hundred_is_none_of_it) {
  HeadWorld world;
  garble(world, 20, 200);
  BOOST_TEST(world.events.count(EventKind::path_demoted) == 0U);
  BOOST_TEST(world.path(1).count_io() == 0U);
}

BOOST_AUTO_TEST_CASE(the_last_usable_path_carries_on_whatever_it_garbles) {
  HeadWorld world({.paths = 1});
  garble(world, 40, 5);
  BOOST_TEST(world.events.count(EventKind::path_demoted) >= 1U);
  BOOST_TEST((world.status().state == HeadState::ok));
}

BOOST_AUTO_TEST_CASE(a_better_port_group_that_is_back_carries_io_at_once) {
  HeadWorld world({.paths = 0});
  world.add_path({.name = "a", .group = 1, .access = AccessState::optimized});
  world.add_path({.name = "b", .group = 2, .access = AccessState::non_optimized});
  world.path(0).go_down();
  BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST(world.path(1).count_io() == 1U);
  world.path(0).come_back();
  world.advance(6s);
  BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST(world.path(1).count_io() == 1U);
}

/// Nothing is sent that would move the disk to another controller: hosts that see different paths
/// can't move it back and forth.
BOOST_AUTO_TEST_CASE(no_port_group_is_ever_told_to_change_its_state) {
  HeadWorld world({.paths = 0});
  world.add_path({.name = "a", .group = 1, .access = AccessState::optimized});
  world.add_path({.name = "b", .group = 2, .access = AccessState::non_optimized});
  for (int i = 0; i < 5; ++i) {
    world.path(0).go_down();
    BOOST_TEST(world.write(0, 512).is_good());
    world.path(0).come_back();
    world.advance(6s);
    BOOST_TEST(world.write(0, 512).is_good());
  }
  BOOST_TEST(world.path(0).count_opcode(0xa4) + world.path(1).count_opcode(0xa4) == 0U);
}

BOOST_AUTO_TEST_CASE(a_better_port_group_that_comes_and_goes_is_waited_for) {
  HeadWorld world({.paths = 0});
  world.add_path({.name = "a", .group = 1, .access = AccessState::optimized});
  world.add_path({.name = "b", .group = 2, .access = AccessState::non_optimized});
  for (int i = 0; i < 6; ++i) {
    world.path(0).go_down();
    world.advance(6s);
    world.path(0).come_back();
    world.advance(6s);
  }
  BOOST_TEST(world.events.count(EventKind::path_demoted, "a") == 4U);
  world.path(0).log.clear();
  world.path(1).log.clear();
  BOOST_TEST(world.path_status(0).probation_s > 0.0);
  BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST(world.path(0).count_io() == 0U);
  BOOST_TEST(world.path(1).count_io() == 1U);
  world.advance(10s);
  BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST(world.path(0).count_io() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
