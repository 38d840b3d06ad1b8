// SPDX-License-Identifier: LGPL-2.1-or-later
// Why a path's state has changed: in words, and in the codes of the command that was the cause.
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "head_world.h"

namespace {

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

constexpr std::uint8_t test_unit_ready = 0x00;
constexpr std::uint8_t read_10 = 0x28;
constexpr std::uint8_t report_target_port_groups = 0xa3;

/// The last one that told that the first path has come to that state.
Event change_to(PathState state, const HeadWorld& world) {
  Event last{EventKind::path_added, "", "", "nothing was told"};
  for (const Event& event : world.events.events()) {
    if (event.path == "p0" && event.state == state) last = event;
  }
  return last;
}

bool has_sense(const Event& event, std::uint8_t key, std::uint8_t asc, std::uint8_t ascq) {
  return event.end && event.end->sense && event.end->sense->key == key &&
         event.end->sense->asc == asc && event.end->sense->ascq == ascq;
}

BOOST_AUTO_TEST_SUITE(reason)

BOOST_AUTO_TEST_CASE(io_that_finds_the_group_standby) {
  HeadWorld world;
  world.path(0).script_io(Answer::sense(2, 0x04, 0x0b));
  BOOST_TEST(world.read(0, 512).is_good());
  const Event event = change_to(PathState::ghost, world);
  BOOST_TEST(event.reason.starts_with("its port group is standby (READ(10): "));
  BOOST_TEST(has_sense(event, 2, 0x04, 0x0b));
  BOOST_TEST(event.end->opcode == read_10);
}

BOOST_AUTO_TEST_CASE(a_check_that_finds_the_group_on_the_move) {
  HeadWorld world;
  world.path(0).script_check(Answer::sense(2, 0x04, 0x0a));
  world.advance(6s);
  const Event event = change_to(PathState::transitioning, world);
  BOOST_TEST(event.reason.starts_with("its port group is changing state (TEST UNIT READY: "));
  BOOST_TEST(has_sense(event, 2, 0x04, 0x0a));
}

BOOST_AUTO_TEST_CASE(a_target_that_tells_of_its_groups) {
  HeadWorld world;
  world.disk->access[1] = AccessState::unavailable;
  world.advance(6s);
  const Event event = change_to(PathState::ghost, world);
  BOOST_TEST(event.reason == "its port group is unavailable (REPORT TARGET PORT GROUPS)");
  BOOST_TEST_REQUIRE(event.end.has_value());
  BOOST_TEST(event.end->opcode == report_target_port_groups);
  BOOST_TEST(event.end->status == 0U);
}

BOOST_AUTO_TEST_CASE(a_check_that_fails_and_one_that_is_good) {
  HeadWorld world({.paths = 0});
  world.disk->alua = false;
  world.add_path({.name = "p0"});
  world.path(0).go_down();
  world.advance(6s);
  Event event = change_to(PathState::failed, world);
  BOOST_TEST(event.reason == "TEST UNIT READY: no connection (host byte 01)");
  BOOST_TEST_REQUIRE(event.end.has_value());
  BOOST_TEST(event.end->host == 0x01);
  world.path(0).come_back();
  world.advance(6s);
  event = change_to(PathState::running, world);
  BOOST_TEST(event.reason == "a check succeeded");
  BOOST_TEST_REQUIRE(event.end.has_value());
  BOOST_TEST(event.end->opcode == test_unit_ready);
  BOOST_TEST(event.end->host == 0U);
}

BOOST_AUTO_TEST_CASE(a_command_that_is_given_up_is_named) {
  HeadWorld world;
  world.path(0).hold_io = true;
  world.path(0).abort_does = ScriptedPath::Abort::ignored;
  auto& read = world.read(0, 512);
  world.advance(10s);
  BOOST_TEST(read.is_good());
  BOOST_TEST(change_to(PathState::failed, world).reason == "READ(10): no answer within io_timeout");
  world.path(0).complete_all_held();
}

BOOST_AUTO_TEST_CASE(settings_that_change_are_told) {
  HeadWorld world;
  HeadSettings settings = world.head().settings();
  settings.iopolicy = IoPolicy::round_robin;
  settings.no_path_timeout = 1s;
  world.head().apply(settings, "iopolicy=round-robin no_path_timeout=1");
  BOOST_TEST(world.events.count(EventKind::iopolicy_changed) == 1U);
  BOOST_TEST_REQUIRE(world.events.count(EventKind::setting_changed) == 1U);
  BOOST_TEST(world.events.events().back().reason == "iopolicy=round-robin no_path_timeout=1");
  world.events.clear();
  settings.iopolicy = IoPolicy::numa;
  world.head().apply(settings, "iopolicy=numa");
  BOOST_TEST(world.events.count(EventKind::iopolicy_changed) == 1U);
  BOOST_TEST(world.events.count(EventKind::setting_changed) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
