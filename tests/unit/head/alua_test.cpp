// SPDX-License-Identifier: LGPL-2.1-or-later
// Access states: read right, never guessed, and re-read when an answer contradicts them.
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "head_world.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(alua)

BOOST_AUTO_TEST_CASE(trap_13_the_preferred_bit_is_no_part_of_the_state) {
  HeadWorld world({.paths = 0});
  world.disk->preferred = true;
  world.add_path({.name = "a", .group = 1, .access = AccessState::optimized});
  world.add_path({.name = "b", .group = 2, .access = AccessState::standby});
  BOOST_TEST((world.path_status(0).access_state == AccessState::optimized));
  BOOST_TEST((world.path_status(0).state == PathState::running));
  BOOST_TEST((world.path_status(1).access_state == AccessState::standby));
  BOOST_TEST((world.path_status(1).state == PathState::ghost));
  BOOST_TEST((world.status().state == HeadState::ok));
}

BOOST_AUTO_TEST_CASE(trap_13_a_transition_is_never_taken_for_optimized) {
  HeadWorld world;
  world.disk->access[1] = AccessState::transitioning;
  world.advance(6s);
  BOOST_TEST((world.path_status(0).access_state == AccessState::transitioning));
  BOOST_TEST((world.path_status(0).state == PathState::transitioning));
  BOOST_TEST(!world.path_status(0).usable);
  world.path(0).log.clear();
  for (int i = 0; i < 4; ++i) BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST(world.path(0).count_io() == 0U);
}

BOOST_AUTO_TEST_CASE(trap_13_a_state_that_means_nothing_is_not_used) {
  HeadWorld world;
  world.disk->access[1] = static_cast<AccessState>(0x07);
  world.advance(6s);
  BOOST_TEST((world.path_status(0).access_state == AccessState::unknown));
  BOOST_TEST(!world.path_status(0).usable);
  world.path(0).log.clear();
  for (int i = 0; i < 4; ++i) BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST(world.path(0).count_io() == 0U);
}

BOOST_AUTO_TEST_CASE(trap_13_sense_data_that_contradicts_the_state_makes_it_be_read_again) {
  struct Case {
    Answer answer;
    AccessState truth;
  };
  const std::vector<Case> cases{{Answer::sense(2, 0x04, 0x0b), AccessState::standby},
                                {Answer::sense(2, 0x04, 0x0c), AccessState::unavailable},
                                {Answer::sense(2, 0x04, 0x0a), AccessState::transitioning},
                                {Answer::sense(6, 0x2a, 0x06), AccessState::non_optimized},
                                {Answer::sense(6, 0x2a, 0x07), AccessState::non_optimized}};
  for (std::size_t i = 0; i < cases.size(); ++i) {
    BOOST_TEST_CONTEXT("case " << i) {
      HeadWorld world;
      world.path(0).log.clear();
      world.disk->access[1] = cases[i].truth;
      world.path(0).script_io(cases[i].answer);
      auto& request = world.write(0, 512);
      BOOST_TEST(world.path_status(0).usable == (i >= 3));
      world.advance(2s);
      BOOST_TEST(request.is_good());
      BOOST_TEST(world.path(0).count_opcode(0xa3) >= 1U);
      BOOST_TEST((world.path_status(0).access_state == cases[i].truth));
      BOOST_TEST(world.events.count(EventKind::access_state_changed, "p0") >= 1U);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_standby_answer_without_a_report_is_believed) {
  HeadWorld world;
  // The report lags behind and still says optimized.
  world.path(0).every_io = Answer::sense(2, 0x04, 0x0b);
  world.path(0).every_check = Answer::sense(2, 0x04, 0x0b);
  BOOST_TEST(world.write(0, 512).is_good());
  world.advance(20s);
  BOOST_TEST(!world.path_status(0).usable);
  BOOST_TEST(world.path(0).count_io() == 1U);
}

BOOST_AUTO_TEST_CASE(one_report_updates_every_path_whose_group_it_lists) {
  HeadWorld world({.paths = 3});
  for (std::size_t i = 1; i < 3; ++i) world.path(i).hold_checks = true;
  world.disk->access[2] = AccessState::non_optimized;
  world.disk->access.erase(3);  // not listed: keeps its state
  world.advance(6s);
  BOOST_TEST((world.path_status(1).access_state == AccessState::non_optimized));
  BOOST_TEST((world.path_status(2).access_state == AccessState::optimized));
  BOOST_TEST(world.path_status(2).usable);
}

BOOST_AUTO_TEST_CASE(a_device_without_alua_has_equal_paths) {
  HeadWorld world({.paths = 0});
  world.disk->alua = false;
  world.add_path();
  world.add_path();
  BOOST_TEST((world.status().state == HeadState::ok));
  BOOST_TEST(world.status().paths_usable == 2U);
  BOOST_TEST(world.path(0).count_opcode(0xa3) == 0U);
  BOOST_TEST(world.write(0, 512).is_good());
}

BOOST_AUTO_TEST_CASE(a_device_that_knows_no_extended_report_is_asked_without) {
  HeadWorld world({.paths = 0});
  world.disk->extended_report = false;
  world.add_path({.name = "a", .group = 1, .access = AccessState::non_optimized});
  BOOST_TEST((world.path_status(0).access_state == AccessState::non_optimized));
  BOOST_TEST(world.path(0).count_opcode(0xa3) == 2U);
}

BOOST_AUTO_TEST_CASE(a_transition_ends_within_its_time_or_the_path_has_failed) {
  HeadWorld world({.paths = 0});
  world.disk->transition_time = 10;
  world.add_path({.name = "a", .group = 1, .access = AccessState::optimized});
  world.disk->access[1] = AccessState::transitioning;
  auto& request = world.write(0, 512);
  world.advance(8s);
  BOOST_TEST((world.path_status(0).state == PathState::transitioning));
  BOOST_TEST((world.status().state == HeadState::holding));
  world.advance(6s);
  BOOST_TEST((world.path_status(0).state == PathState::failed));
  BOOST_TEST(!request.is_done());
  world.advance(30s);
  BOOST_TEST((request.error == IoError::io));
}

BOOST_AUTO_TEST_CASE(all_paths_standby_holds_and_an_active_one_goes_on) {
  HeadWorld world({.paths = 0});
  world.add_path({.name = "a", .group = 1, .access = AccessState::standby});
  world.add_path({.name = "b", .group = 2, .access = AccessState::unavailable});
  BOOST_TEST((world.status().state == HeadState::holding));
  auto& request = world.write(0, 512);
  world.advance(1s);
  BOOST_TEST(!request.is_done());
  world.disk->access[1] = AccessState::optimized;
  world.advance(6s);
  BOOST_TEST(request.is_good());
}

BOOST_AUTO_TEST_SUITE_END()
