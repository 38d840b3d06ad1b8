// SPDX-License-Identifier: LGPL-2.1-or-later
// The states of a path, and who may change them.
#include "path_state.h"

#include <errno.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "head_world.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(path_state)

BOOST_AUTO_TEST_CASE(only_the_administrator_ends_offline) {
  for (const PathInput input :
       {PathInput::io_failed, PathInput::check_failed, PathInput::check_passed,
        PathInput::check_ghost, PathInput::check_moving, PathInput::access_lost,
        PathInput::access_moving, PathInput::taken_out})
    BOOST_TEST((next_state(PathState::offline, input) == PathState::offline));
  BOOST_TEST((next_state(PathState::offline, PathInput::brought_back) == PathState::unknown));
}

BOOST_AUTO_TEST_CASE(every_input_leads_where_it_must) {
  constexpr std::array states{PathState::unknown, PathState::running, PathState::failed,
                              PathState::ghost, PathState::transitioning};
  for (const PathState state : states) {
    BOOST_TEST((next_state(state, PathInput::io_failed) == PathState::failed));
    BOOST_TEST((next_state(state, PathInput::check_failed) == PathState::failed));
    BOOST_TEST((next_state(state, PathInput::check_passed) == PathState::running));
    BOOST_TEST((next_state(state, PathInput::check_ghost) == PathState::ghost));
    BOOST_TEST((next_state(state, PathInput::check_moving) == PathState::transitioning));
    BOOST_TEST((next_state(state, PathInput::taken_out) == PathState::offline));
    BOOST_TEST((next_state(state, PathInput::brought_back) == state));
    const bool failed = state == PathState::failed;
    BOOST_TEST((next_state(state, PathInput::access_lost) ==
                (failed ? PathState::failed : PathState::ghost)));
    BOOST_TEST((next_state(state, PathInput::access_moving) ==
                (failed ? PathState::failed : PathState::transitioning)));
  }
}

BOOST_AUTO_TEST_CASE(the_administrator_takes_a_path_out_and_brings_it_back) {
  HeadWorld world;
  BOOST_TEST(world.head().set_path_state("p0", PathState::offline).has_value());
  BOOST_TEST((world.path_status(0).state == PathState::offline));
  BOOST_TEST(world.events.count(EventKind::path_offline, "p0") == 1U);
  world.advance(60s);
  BOOST_TEST((world.path_status(0).state == PathState::offline));
  world.path(0).log.clear();
  for (int i = 0; i < 5; ++i) BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST(world.path(0).count_io() == 0U);

  BOOST_TEST(world.head().set_path_state("p0", PathState::running).has_value());
  world.settle();
  BOOST_TEST((world.path_status(0).state == PathState::running));
  BOOST_TEST(world.path(0).count_opcode(0x12) > 0U);  // asked who it is, before it carries I/O
}

BOOST_AUTO_TEST_CASE(a_command_in_flight_ends_on_the_path_that_was_taken_out) {
  HeadWorld world;
  world.path(0).hold_io = true;
  auto& request = world.write(0, 512);
  BOOST_TEST(world.head().set_path_state("p0", PathState::offline).has_value());
  world.settle();
  BOOST_TEST(!request.is_done());
  BOOST_TEST(world.path(0).aborts == 0U);
  world.path(0).complete_all_held(Answer::host_byte(0x01));
  world.settle();
  BOOST_TEST(request.is_good());
  BOOST_TEST((world.path_status(0).state == PathState::offline));
}

BOOST_AUTO_TEST_CASE(nothing_else_can_be_set) {
  HeadWorld world;
  for (const PathState state :
       {PathState::unknown, PathState::failed, PathState::ghost, PathState::transitioning}) {
    const auto result = world.head().set_path_state("p0", state);
    BOOST_TEST_REQUIRE(!result.has_value());
    BOOST_TEST(result.error().number == EINVAL);
  }
  const auto result = world.head().set_path_state("p9", PathState::offline);
  BOOST_TEST_REQUIRE(!result.has_value());
  BOOST_TEST(result.error().number == ENODATA);
  BOOST_TEST((world.path_status(0).state == PathState::running));
}

BOOST_AUTO_TEST_CASE(a_path_without_faults_says_so) {
  HeadWorld world;
  BOOST_TEST(!world.path_status(0).has_faults);
  BOOST_TEST(world.head().path_fault("p0").error().number == ENODATA);
  BOOST_TEST(world.head().set_path_fault("p0", "hang").error().number == ENODATA);
  BOOST_TEST(world.head().path_fault("p9").error().number == ENODATA);
}

BOOST_AUTO_TEST_CASE(a_check_takes_out_a_path_that_carries_nothing) {
  HeadWorld world;
  world.path(1).go_down();
  world.advance(6s);
  BOOST_TEST((world.path_status(1).state == PathState::failed));
  BOOST_TEST(world.events.count(EventKind::path_failed, "p1") == 1U);
  BOOST_TEST(!world.path_status(1).reason.empty());
  world.path(1).come_back();
  world.advance(6s);
  BOOST_TEST((world.path_status(1).state == PathState::running));
  BOOST_TEST(world.path_status(1).reason.empty());
}

BOOST_AUTO_TEST_CASE(checks_go_on_at_their_interval) {
  HeadWorld world;
  world.path(0).log.clear();
  world.advance(50s);
  BOOST_TEST(world.path(0).count_opcode(0x00) >= 9U);
  BOOST_TEST(world.path(0).count_opcode(0x00) <= 11U);
  world.set([](HeadSettings& settings) { settings.checker_interval = 1s; });
  world.path(0).log.clear();
  world.advance(10s);
  BOOST_TEST(world.path(0).count_opcode(0x00) >= 9U);
  BOOST_TEST(world.path(0).count_opcode(0x00) <= 11U);
}

BOOST_AUTO_TEST_CASE(a_reservation_conflict_of_a_check_means_up) {
  HeadWorld world;
  world.path(0).script_check(Answer::status_byte(0x18));
  world.advance(6s);
  BOOST_TEST((world.path_status(0).state == PathState::running));
}

BOOST_AUTO_TEST_CASE(a_check_repeats_itself_over_unit_attentions) {
  HeadWorld world;
  for (int i = 0; i < 4; ++i) world.path(0).unit_attention(0x2a, 0x02);
  world.advance(8s);
  BOOST_TEST((world.path_status(0).state == PathState::running));
  BOOST_TEST(world.events.count(EventKind::path_failed) == 0U);
}

BOOST_AUTO_TEST_CASE(trap_02_io_outranks_a_check_that_was_under_way) {
  HeadWorld world;
  world.path(0).hold_checks = true;
  world.advance(5s);
  BOOST_TEST_REQUIRE(world.path(0).held() == 1U);
  world.path(0).script_io(Answer::host_byte(0x01));
  BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST((world.path_status(0).state == PathState::failed));
  // It was sent before the error: what it says is old.
  world.path(0).hold_checks = false;
  world.path(0).complete_all_held();
  world.settle();
  BOOST_TEST((world.path_status(0).state == PathState::failed));
  world.advance(6s);
  BOOST_TEST((world.path_status(0).state == PathState::running));
}

BOOST_AUTO_TEST_CASE(a_path_on_probation_is_used_last_but_at_once_where_it_is_the_only_one) {
  HeadWorld world;
  for (int i = 0; i < 4; ++i) {
    world.path(0).script_io(Answer::host_byte(0x01));
    world.write(0, 512);
    world.advance(6s);
  }
  BOOST_TEST((world.path_status(0).state == PathState::running));
  BOOST_TEST(world.path_status(0).probation_s > 0.0);
  world.path(0).log.clear();
  world.set([](HeadSettings& settings) { settings.iopolicy = IoPolicy::round_robin; });
  for (int i = 0; i < 6; ++i) BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST(world.path(0).count_io() == 0U);
  BOOST_TEST(world.head().set_path_state("p1", PathState::offline).has_value());
  BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST(world.path(0).count_io() == 1U);
  world.advance(120s);
  BOOST_TEST(world.path_status(0).probation_s == 0.0);
}

BOOST_AUTO_TEST_CASE(trap_19_the_head_grows_when_every_usable_path_tells_of_it) {
  HeadWorld world;
  world.path(1).told_blocks = 2048;
  world.disk->resize(4096);
  world.advance(6s);
  BOOST_TEST(world.head().geometry().size == 2048U * 512U);
  BOOST_TEST(world.observer.resized == 0U);
  auto& outside = world.write(2048 * 512, 512);
  BOOST_TEST((outside.error == IoError::no_space));
  world.path(1).told_blocks.reset();
  world.advance(6s);
  BOOST_TEST(world.head().geometry().size == 4096U * 512U);
  BOOST_TEST(world.observer.resized == 1U);
  BOOST_TEST(world.events.count(EventKind::capacity_changed) == 1U);
  BOOST_TEST(world.write(2048 * 512, 512).is_good());
}

BOOST_AUTO_TEST_SUITE_END()
