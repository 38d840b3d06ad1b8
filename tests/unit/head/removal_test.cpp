// SPDX-License-Identifier: LGPL-2.1-or-later
// Paths and heads that go away, in the right order.
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "head_world.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(removal)

BOOST_AUTO_TEST_CASE(trap_08_a_path_is_closed_after_its_last_command) {
  HeadWorld world;
  world.path(0).hold_io = true;
  auto& first = world.write(0, 512);
  auto& second = world.write(512, 512);
  bool removed = false;
  world.remove("p0", removed);
  world.advance(1s);
  BOOST_TEST(!removed);
  BOOST_TEST(!world.path(0).destroyed);
  BOOST_TEST(world.status().paths.size() == 1U);
  BOOST_TEST(world.status().in_flight == 2U);
  // Unpublished: what comes now goes elsewhere.
  BOOST_TEST(world.write(1024, 512).is_good());
  BOOST_TEST(world.path(1).count_io() == 1U);

  world.path(0).complete_held(0);
  world.advance(1s);
  BOOST_TEST(first.is_good());
  BOOST_TEST(!removed);
  world.path(0).complete_held(0, Answer::host_byte(0x01));
  world.advance(1s);
  BOOST_TEST(second.is_good());
  BOOST_TEST(removed);
  BOOST_TEST(world.path(0).destroyed);
  BOOST_TEST(world.events.count(EventKind::path_removed, "p0") == 1U);
}

BOOST_AUTO_TEST_CASE(trap_08_a_check_under_way_is_waited_for_too) {
  HeadWorld world;
  world.path(0).hold_checks = true;
  world.path(0).abort_does = ScriptedPath::Abort::ignored;
  world.advance(5s);
  BOOST_TEST_REQUIRE(world.path(0).held() == 1U);
  bool removed = false;
  world.remove("p0", removed);
  world.advance(1s);
  BOOST_TEST(!removed);
  BOOST_TEST(!world.path(0).destroyed);
  world.path(0).complete_all_held();
  world.advance(1s);
  BOOST_TEST(removed);
}

BOOST_AUTO_TEST_CASE(trap_08_a_path_is_published_when_all_is_known_of_it) {
  HeadWorld world({.paths = 1});
  ScriptedPath& fresh = world.make_path({.name = "fresh", .group = 7});
  fresh.hold_checks = true;
  std::optional<Result<std::shared_ptr<Head>>> answer;
  world.start_join(fresh, answer);
  world.settle();
  // As long as it is asked who it is, it is nobody's path.
  while (fresh.held() > 0) {
    BOOST_TEST(!answer.has_value());
    BOOST_TEST(world.status().paths.size() == 1U);
    BOOST_TEST(world.head().set_path_state("fresh", PathState::offline).has_value() == false);
    fresh.complete_held();
    world.settle();
    BOOST_TEST(fresh.count_io() == 0U);
  }
  BOOST_TEST_REQUIRE(answer.has_value());
  BOOST_TEST(answer->has_value());
  BOOST_TEST(world.status().paths.size() == 2U);
  BOOST_TEST(world.status().paths_usable == 2U);
}

BOOST_AUTO_TEST_CASE(trap_09_what_fails_on_the_last_path_is_not_stranded) {
  HeadWorld world({.paths = 1});
  world.path(0).hold_io = true;
  auto& flying = world.write(0, 512);
  bool removed = false;
  world.remove("p0", removed);
  world.settle();
  auto& parked = world.write(4096, 512);
  BOOST_TEST(!parked.is_done());
  world.path(0).complete_held(0, Answer::host_byte(0x01));
  world.advance(1s);
  BOOST_TEST(removed);
  BOOST_TEST(!flying.is_done());
  BOOST_TEST(world.status().held == 2U);

  world.add_path();
  world.settle();
  BOOST_TEST(flying.is_good());
  BOOST_TEST(parked.is_good());
}

BOOST_AUTO_TEST_CASE(trap_09_and_ends_at_the_bound_when_no_path_comes) {
  HeadWorld world({.paths = 1});
  world.path(0).hold_io = true;
  auto& flying = world.write(0, 512);
  bool removed = false;
  world.remove("p0", removed);
  world.settle();
  const Instant lost = world.runtime.now();
  world.advance(9s);
  world.path(0).complete_held(0, Answer::host_byte(0x01));
  world.advance(22s);
  BOOST_TEST_REQUIRE(flying.is_done());
  BOOST_TEST((flying.error == IoError::io));
  BOOST_TEST((flying.done_at - lost == 30s));
}

BOOST_AUTO_TEST_CASE(trap_07_a_head_without_paths_is_joined_or_gone_never_both) {
  HeadWorld world({.paths = 1});
  const std::shared_ptr<Head> first = world.registry.find("naa." + world.disk->identity.naa);
  BOOST_TEST_REQUIRE(first != nullptr);
  bool removed = false;
  world.remove("p0", removed);
  world.advance(20s);
  BOOST_TEST(removed);
  BOOST_TEST(world.observer.removed == 0U);
  // Within the time: the same head.
  ScriptedPath& second = world.make_path();
  BOOST_TEST((world.join(second).value() == first));
  BOOST_TEST(world.observer.added == 1U);

  world.remove(second.name(), removed);
  world.advance(31s);
  BOOST_TEST(world.observer.removed == 1U);
  BOOST_TEST(world.registry.heads().empty());
  BOOST_TEST((world.registry.find("naa." + world.disk->identity.naa) == nullptr));
  BOOST_TEST(world.events.count(EventKind::head_removed) == 1U);
  // Past it: a new one; whoever still has the old one gets an error and nothing else.
  world.add_path();
  BOOST_TEST(world.observer.added == 2U);
  BOOST_TEST(&world.head() != first.get());
  auto& request = world.prepare(Operation::write, 0, 512);
  first->submit(request);
  world.settle();
  BOOST_TEST_REQUIRE(request.is_done());
  BOOST_TEST((request.error == IoError::io));
  BOOST_TEST(world.write(0, 512).is_good());
}

BOOST_AUTO_TEST_CASE(a_head_without_paths_stays_while_somebody_has_it_open) {
  HeadWorld world({.paths = 1});
  world.observer.used = true;
  bool removed = false;
  world.remove("p0", removed);
  world.advance(1min);
  BOOST_TEST(world.observer.removed == 0U);
  BOOST_TEST(world.registry.heads().size() == 1U);
  // The same head when its path comes back.
  world.add_path();
  BOOST_TEST(world.observer.added == 1U);
  BOOST_TEST(world.write(0, 512).is_good());

  world.remove("p1", removed);
  world.advance(1min);
  BOOST_TEST(world.observer.removed == 0U);
  world.observer.used = false;
  world.advance(1s);
  BOOST_TEST(world.observer.removed == 1U);
}

BOOST_AUTO_TEST_CASE(a_head_that_fails_at_once_goes_at_once) {
  HeadSettings settings;
  settings.no_path_timeout = Duration::zero();
  HeadWorld world({.settings = settings, .paths = 1});
  bool removed = false;
  world.remove("p0", removed);
  world.settle();
  BOOST_TEST(world.observer.removed == 1U);
}

BOOST_AUTO_TEST_CASE(a_head_whose_paths_had_failed_before_they_went_goes_too) {
  HeadWorld world({.paths = 1});
  world.path(0).go_down();
  world.advance(1min);
  BOOST_TEST((world.status().state == HeadState::failed));
  bool removed = false;
  world.remove("p0", removed);
  world.settle();
  BOOST_TEST(world.observer.removed == 1U);
}

BOOST_AUTO_TEST_CASE(trap_14_a_head_that_went_keeps_what_its_commands_need) {
  HeadSettings settings;
  settings.no_path_timeout = 5s;
  HeadWorld world({.settings = settings, .paths = 1});
  world.path(0).hold_io = true;
  world.path(0).abort_does = ScriptedPath::Abort::ignored;
  auto& read = world.start(world.prepare(Operation::read, 0, 512));
  bool removed = false;
  world.remove("p0", removed);
  world.advance(1min);
  BOOST_TEST(world.observer.removed == 1U);
  BOOST_TEST(!world.path(0).destroyed);
  world.path(0).complete_held(0);
  world.advance(1s);
  BOOST_TEST(read.is_done());
  BOOST_TEST(world.path(0).destroyed);
}

BOOST_AUTO_TEST_CASE(trap_07_a_head_that_queues_for_ever_stays) {
  HeadSettings settings;
  settings.no_path_timeout = HeadSettings::forever;
  HeadWorld world({.settings = settings, .paths = 1});
  bool removed = false;
  world.remove("p0", removed);
  world.advance(1h);
  BOOST_TEST(removed);
  BOOST_TEST(world.registry.heads().size() == 1U);
  auto& request = world.write(0, 512);
  world.add_path();
  world.settle();
  BOOST_TEST(request.is_good());
}

BOOST_AUTO_TEST_CASE(trap_14_the_end_waits_for_every_command) {
  HeadWorld world;
  world.path(0).hold_checks = true;
  world.path(0).abort_does = ScriptedPath::Abort::ignored;
  world.advance(5s);
  BOOST_TEST_REQUIRE(world.path(0).held() == 1U);
  bool closed = false;
  world.registry.close([&] { closed = true; });
  world.advance(1s);
  BOOST_TEST(!closed);
  BOOST_TEST(!world.path(0).destroyed);
  BOOST_TEST(world.path(1).destroyed);
  world.path(0).complete_all_held();
  world.advance(1s);
  BOOST_TEST(closed);
  BOOST_TEST(world.path(0).destroyed);
  world.closed_already();
}

BOOST_AUTO_TEST_CASE(trap_14_a_first_look_under_way_is_waited_for_too) {
  HeadWorld world({.paths = 1});
  ScriptedPath& fresh = world.make_path();
  fresh.hold_checks = true;
  fresh.abort_does = ScriptedPath::Abort::ignored;
  std::optional<Result<std::shared_ptr<Head>>> answer;
  world.start_join(fresh, answer);
  world.settle();
  bool closed = false;
  world.registry.close([&] { closed = true; });
  world.advance(1s);
  BOOST_TEST(!closed);
  fresh.complete_all_held();
  world.advance(1s);
  BOOST_TEST(closed);
  BOOST_TEST_REQUIRE(answer.has_value());
  BOOST_TEST(!answer->has_value());
  BOOST_TEST(fresh.destroyed);
  world.closed_already();
}

BOOST_AUTO_TEST_CASE(a_path_that_is_not_there_is_removed_at_once) {
  HeadWorld world;
  bool removed = false;
  world.remove("p9", removed);
  world.settle();
  BOOST_TEST(removed);
  BOOST_TEST(world.status().paths.size() == 2U);
}

BOOST_AUTO_TEST_CASE(paths_come_and_go_for_a_long_time) {
  HeadWorld world;
  for (int round = 0; round < 100; ++round) {
    ScriptedPath& fresh = world.add_path();
    BOOST_TEST_REQUIRE(world.write(0, 512).is_good());
    bool removed = false;
    world.remove(fresh.name(), removed);
    world.advance(100ms);
    BOOST_TEST_REQUIRE(removed);
  }
  BOOST_TEST(world.status().paths.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_path_that_is_back_is_not_taken_for_the_one_that_has_failed) {
  HeadWorld world({.settings = {.no_path_timeout = 0s}, .paths = 1});
  world.observer.used = true;
  world.path(0).hold_io = true;
  auto& write = world.write(0, 512);
  bool removed = false;
  world.remove("p0", removed);
  ScriptedPath& again = world.add_path({.name = "p0"});
  world.path(0).complete_all_held(Answer::host_byte(0x01));
  world.advance(1s);
  BOOST_TEST(write.is_good());
  BOOST_TEST(again.count_writes() == 1U);
  BOOST_TEST(removed);
}

BOOST_AUTO_TEST_CASE(the_paths_of_a_head_are_counted_until_they_are_gone) {
  HeadWorld world({.paths = 64});
  world.path(0).hold_io = true;
  auto& write = world.write(0, 512);
  BOOST_TEST(world.path(0).held() == 1U);
  bool removed = false;
  world.remove("p0", removed);
  world.advance(100ms);
  BOOST_TEST(!removed);
  BOOST_TEST(!world.join(world.make_path({.name = "more", .group = 99})).has_value());
  world.path(0).complete_all_held();
  world.advance(100ms);
  BOOST_TEST(removed);
  BOOST_TEST(write.is_good());
  BOOST_TEST(world.join(world.make_path({.name = "more", .group = 99})).has_value());
}

BOOST_AUTO_TEST_CASE(a_disk_that_has_grown_while_it_had_no_path_is_taken_back) {
  HeadWorld world({.paths = 1});
  world.observer.used = true;
  bool removed = false;
  world.remove("p0", removed);
  auto& held = world.read(0, 512);
  world.disk->resize(4096);
  world.add_path();
  BOOST_TEST(held.is_good());
  BOOST_TEST(world.head().geometry().size == 4096U * 512U);
  BOOST_TEST(world.observer.resized == 1U);
  // Beside a path that tells of the old size it waits for that.
  bool also = false;
  world.remove("p1", also);
  world.add_path();
  world.path(2).told_blocks = 4096;
  world.disk->resize(8192);
  BOOST_TEST(!world.join(world.make_path()).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
