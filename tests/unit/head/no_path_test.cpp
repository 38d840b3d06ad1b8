// SPDX-License-Identifier: LGPL-2.1-or-later
// The no-path rule: how long I/O waits while nothing can carry it.
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "head_world.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

namespace {

HeadSettings with_timeout(Duration timeout) {
  HeadSettings settings;
  settings.no_path_timeout = timeout;
  return settings;
}

void offline(HeadWorld& world, const char* path) {
  BOOST_TEST(world.head().set_path_state(path, PathState::offline).has_value());
  world.settle();
}

void running(HeadWorld& world, const char* path) {
  BOOST_TEST(world.head().set_path_state(path, PathState::running).has_value());
  world.settle();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(no_path)

BOOST_AUTO_TEST_CASE(the_bound_counts_from_the_loss_of_the_last_path) {
  HeadWorld world;
  offline(world, "p0");
  world.advance(100s);
  const Instant lost = world.runtime.now();
  offline(world, "p1");
  BOOST_TEST(world.events.count(EventKind::no_path) == 1U);
  world.advance(10s);
  auto& early = world.write(0, 512);
  world.advance(15s);
  auto& late = world.write(512, 512);
  BOOST_TEST_REQUIRE(world.status().no_path_deadline_s.has_value());
  BOOST_TEST(*world.status().no_path_deadline_s == 5.0, boost::test_tools::tolerance(0.001));
  world.advance(4999ms);
  BOOST_TEST(!early.is_done());
  BOOST_TEST(!late.is_done());
  BOOST_TEST((world.status().state == HeadState::holding));
  world.advance(1ms);
  BOOST_TEST_REQUIRE(early.is_done());
  BOOST_TEST_REQUIRE(late.is_done());
  BOOST_TEST((early.error == IoError::io));
  BOOST_TEST((late.error == IoError::io));
  BOOST_TEST((late.done_at - lost == 30s));
  BOOST_TEST((world.status().state == HeadState::failed));
  BOOST_TEST(world.events.count(EventKind::no_path_timeout) == 1U);
  // From now on it fails at once.
  BOOST_TEST((world.write(0, 512).error == IoError::io));
  BOOST_TEST((world.read(0, 512).error == IoError::io));
  BOOST_TEST((world.flush().error == IoError::io));
  running(world, "p0");
  BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST(world.events.count(EventKind::paths_back) == 1U);
}

BOOST_AUTO_TEST_CASE(the_state_follows_what_is_usable) {
  HeadWorld world;
  BOOST_TEST((world.status().state == HeadState::ok));
  BOOST_TEST(world.status().paths_usable == 2U);
  offline(world, "p0");
  BOOST_TEST((world.status().state == HeadState::degraded));
  BOOST_TEST(world.status().paths_usable == 1U);
  offline(world, "p1");
  BOOST_TEST((world.status().state == HeadState::holding));
  world.advance(30s);
  BOOST_TEST((world.status().state == HeadState::failed));
  BOOST_TEST(!world.status().no_path_deadline_s.has_value());
  running(world, "p0");
  running(world, "p1");
  BOOST_TEST((world.status().state == HeadState::ok));
}

BOOST_AUTO_TEST_CASE(trap_10_a_second_loss_has_the_whole_time_again) {
  HeadWorld world({.paths = 1});
  offline(world, "p0");
  world.advance(20s);
  running(world, "p0");
  world.advance(5s);
  offline(world, "p0");
  const Instant lost = world.runtime.now();
  auto& request = world.write(0, 512);
  world.advance(29s);
  BOOST_TEST(!request.is_done());
  world.advance(1s);
  BOOST_TEST_REQUIRE(request.is_done());
  BOOST_TEST((request.done_at - lost == 30s));
}

BOOST_AUTO_TEST_CASE(trap_10_losing_more_paths_does_not_start_it_again) {
  HeadWorld world;
  world.disk->access[1] = AccessState::standby;
  world.disk->access[2] = AccessState::standby;
  world.advance(6s);
  BOOST_TEST((world.status().state == HeadState::holding));
  auto& request = world.write(0, 512);
  const double left = world.status().no_path_deadline_s.value();
  world.advance(10s);
  offline(world, "p0");
  offline(world, "p1");
  BOOST_TEST(world.status().no_path_deadline_s.value() == left - 10,
             boost::test_tools::tolerance(0.001));
  world.advance(20s);
  BOOST_TEST((request.error == IoError::io));
  BOOST_TEST(world.events.count(EventKind::no_path) == 1U);
}

BOOST_AUTO_TEST_CASE(trap_10_a_path_that_is_back_at_expiry_is_seen) {
  HeadWorld world({.paths = 1});
  offline(world, "p0");
  auto& request = world.write(0, 512);
  world.advance(29999ms);
  BOOST_TEST(!request.is_done());
  // Back, and at the same moment the time is over.
  BOOST_TEST(world.head().set_path_state("p0", PathState::running).has_value());
  world.advance(1ms);
  world.advance(1s);
  BOOST_TEST(request.is_good());
  BOOST_TEST(world.events.count(EventKind::no_path_timeout) == 0U);
  BOOST_TEST((world.status().state == HeadState::ok));
  world.advance(120s);
  BOOST_TEST(world.write(0, 512).is_good());
}

BOOST_AUTO_TEST_CASE(trap_10_zero_frees_at_once_and_leaves_no_timer) {
  HeadWorld world;
  offline(world, "p0");
  offline(world, "p1");
  auto& held = world.write(0, 512);
  BOOST_TEST(!held.is_done());
  world.set([](HeadSettings& settings) { settings.no_path_timeout = 0s; });
  BOOST_TEST_REQUIRE(held.is_done());
  BOOST_TEST((held.error == IoError::io));
  BOOST_TEST((world.status().state == HeadState::failed));
  BOOST_TEST(!world.status().no_path_deadline_s.has_value());

  // Without a bound: the old timer must not end it.
  world.set([](HeadSettings& settings) { settings.no_path_timeout = HeadSettings::forever; });
  BOOST_TEST((world.status().state == HeadState::holding));
  auto& again = world.write(0, 512);
  world.advance(1h);
  BOOST_TEST(!again.is_done());
  running(world, "p1");
  BOOST_TEST(again.is_good());
}

BOOST_AUTO_TEST_CASE(trap_10_a_changed_bound_counts_from_the_same_loss) {
  HeadWorld world({.paths = 1});
  offline(world, "p0");
  const Instant lost = world.runtime.now();
  auto& request = world.write(0, 512);
  world.advance(10s);
  world.set([](HeadSettings& settings) { settings.no_path_timeout = 60s; });
  world.advance(30s);
  BOOST_TEST(!request.is_done());
  world.set([](HeadSettings& settings) { settings.no_path_timeout = 45s; });
  world.advance(5s);
  BOOST_TEST_REQUIRE(request.is_done());
  BOOST_TEST((request.done_at - lost == 45s));

  // Already over: at once.
  running(world, "p0");
  offline(world, "p0");
  auto& second = world.write(0, 512);
  world.advance(20s);
  world.set([](HeadSettings& settings) { settings.no_path_timeout = 15s; });
  BOOST_TEST((second.error == IoError::io));
}

BOOST_AUTO_TEST_CASE(trap_10_a_very_long_bound_does_not_overflow) {
  HeadWorld world({.settings = with_timeout(24h * 365 * 100), .paths = 1});
  offline(world, "p0");
  auto& request = world.write(0, 512);
  world.advance(1h);
  BOOST_TEST(!request.is_done());
  running(world, "p0");
  BOOST_TEST(request.is_good());
}

BOOST_AUTO_TEST_CASE(queue_holds_without_a_bound) {
  HeadWorld world({.settings = with_timeout(HeadSettings::forever), .paths = 1});
  world.path(0).go_down();
  auto& request = world.write(0, 512);
  world.advance(1h);
  BOOST_TEST(!request.is_done());
  BOOST_TEST(!world.status().no_path_deadline_s.has_value());
  world.path(0).come_back();
  world.advance(6s);
  BOOST_TEST(request.is_good());
}

BOOST_AUTO_TEST_CASE(fail_fails_at_once) {
  HeadWorld world({.settings = with_timeout(0s), .paths = 1});
  offline(world, "p0");
  BOOST_TEST((world.status().state == HeadState::failed));
  auto& request = world.write(0, 512);
  BOOST_TEST_REQUIRE(request.is_done());
  BOOST_TEST((request.error == IoError::io));
}

BOOST_AUTO_TEST_CASE(a_target_that_disowns_the_disk_on_every_path_is_not_waited_for) {
  HeadWorld world;
  world.path(0).disk = nullptr;
  world.path(1).disk = nullptr;
  auto& request = world.write(0, 512);
  world.advance(1s);
  BOOST_TEST_REQUIRE(request.is_done());
  BOOST_TEST((request.error == IoError::io));
  BOOST_TEST((world.status().state == HeadState::failed));
  world.path(0).disk = world.disk;
  world.advance(6s);
  BOOST_TEST(world.write(0, 512).is_good());
}

BOOST_AUTO_TEST_CASE(where_one_path_is_only_dead_the_disk_is_waited_for) {
  HeadWorld world;
  world.path(0).disk = nullptr;
  world.path(1).go_down();
  auto& request = world.write(0, 512);
  world.advance(10s);
  BOOST_TEST(!request.is_done());
  BOOST_TEST((world.status().state == HeadState::holding));
}

BOOST_AUTO_TEST_CASE(a_success_of_another_request_keeps_hope_alive) {
  // Every second command fails: whoever is unlucky for long is still not given up.
  HeadWorld world({.settings = with_timeout(10s), .paths = 1});
  world.path(0).hold_io = true;
  auto& unlucky = world.write(0, 512);
  for (int round = 0; round < 4; ++round) {
    world.path(0).complete_all_held(Answer::host_byte(0x01));
    world.advance(5500ms);
    auto& lucky = world.read(4096, 512);
    BOOST_TEST_REQUIRE(world.path(0).held() == 2U);
    world.path(0).complete_held(1, Answer::good());
    world.settle();
    BOOST_TEST(lucky.is_good());
    BOOST_TEST(!unlucky.is_done());
  }
  world.path(0).hold_io = false;
  world.path(0).complete_all_held();
  world.settle();
  BOOST_TEST(unlucky.is_good());
}

BOOST_AUTO_TEST_CASE(the_end_of_the_program_holds_nothing) {
  HeadWorld world({.settings = with_timeout(HeadSettings::forever)});
  world.path(0).go_down();
  world.path(1).go_down();
  auto& parked = world.write(0, 512);
  BOOST_TEST(!parked.is_done());
  world.registry.stop_holding();
  world.settle();
  BOOST_TEST_REQUIRE(parked.is_done());
  BOOST_TEST((parked.error == IoError::io));
  auto& later = world.write(0, 512);
  BOOST_TEST_REQUIRE(later.is_done());
  BOOST_TEST((later.error == IoError::io));
  world.path(0).come_back();
  world.advance(6s);
  BOOST_TEST(world.write(0, 512).is_good());
}

BOOST_AUTO_TEST_CASE(the_end_of_the_program_waits_no_longer_for_a_busy_device) {
  HeadWorld world({.settings = {.io_timeout = 200ms}, .paths = 1});
  world.path(0).every_io = Answer::status_byte(0x08);
  auto& write = world.write(0, 512);
  world.advance(5s);  // the delay between two attempts has reached its most
  world.registry.stop_holding();
  world.advance(200ms);
  BOOST_TEST((write.error == IoError::io));
}

BOOST_AUTO_TEST_CASE(status_answers_while_everything_is_held) {
  HeadWorld world({.settings = with_timeout(HeadSettings::forever)});
  world.path(0).hold_io = world.path(1).hold_io = true;
  world.path(0).hold_checks = world.path(1).hold_checks = true;
  for (std::uint64_t i = 0; i < 64; ++i) world.write(i * 4096, 4096);
  const HeadStatus status = world.status();
  BOOST_TEST(status.in_flight + status.held == 64U);
  BOOST_TEST(status.counters.writes == 64U);
  BOOST_TEST(status.counters.write_bytes == 64U * 4096U);
  BOOST_TEST(status.wwid == "naa." + world.disk->identity.naa);
  BOOST_TEST(status.geometry.size == 2048U * 512U);
  BOOST_TEST(status.paths.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
