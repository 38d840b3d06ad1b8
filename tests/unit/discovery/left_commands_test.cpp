// SPDX-License-Identifier: LGPL-2.1-or-later
// Commands of an earlier process: what waits for them, and for how long.
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "keeper_world.h"

namespace {

using namespace scsimpath;
using namespace scsimpath::discovery;
using namespace scsimpath::discovery::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(left_commands)

BOOST_AUTO_TEST_CASE(
    trap_17_a_device_with_commands_of_an_earlier_process_is_opened_when_it_has_none) {
  World world;
  world.source.plug("0:0:0:0");
  world.source.in_flight["0:0:0:0"] = 3;
  world.start();
  BOOST_TEST(world.settled == 0);
  BOOST_TEST(world.opener.opens == 0U);
  BOOST_TEST(world.candidate("0:0:0:0").reason == "commands of an earlier process are waited for");
  world.source.in_flight.clear();
  world.all.advance(LeftCommands::interval);
  BOOST_TEST(world.settled == 1);
  BOOST_TEST((world.paths() == Names{"0:0:0:0"}));
  BOOST_TEST(!world.all.registry.heads()[0]->status().holds_writes);
}

/// Two paths, and what an earlier process left on one of them.
struct Restarted : World {
  Restarted() {
    source.plug("0:0:0:0");
    source.plug("1:0:0:0");
    source.in_flight["1:0:0:0"] = 1;
    start();
    all.adopt(all.registry.heads().at(0));
  }
};

BOOST_AUTO_TEST_CASE(trap_17_writes_wait_for_every_path_and_reads_for_none) {
  Restarted world;
  BOOST_TEST((world.paths() == Names{"0:0:0:0"}));
  BOOST_TEST(world.all.head().status().holds_writes);
  BOOST_TEST((world.all.head().status().state == HeadState::degraded));
  auto& write = world.all.write(0, 512);
  BOOST_TEST(world.all.read(0, 512).is_good());
  BOOST_TEST(world.all.flush().is_good());
  // After io_timeout the device is asked in any case, and its path joins; that proves nothing.
  world.all.advance(11s);
  BOOST_TEST((world.paths() == Names{"0:0:0:0", "1:0:0:0"}));
  BOOST_TEST(!write.is_done());
  world.source.in_flight.clear();
  world.all.advance(LeftCommands::interval);
  BOOST_TEST(write.is_good());
  BOOST_TEST(!world.all.head().status().holds_writes);
  BOOST_TEST(world.all.events.count(EventKind::commands_left) == 0U);
}

BOOST_AUTO_TEST_CASE(
    trap_17_after_ghost_timeout_a_path_carries_no_writes_until_it_is_brought_back) {
  Restarted world;
  auto& write = world.all.write(0, 512);
  world.all.advance(121s);
  BOOST_TEST(write.is_good());  // down the other
  BOOST_TEST(world.all.events.count(EventKind::commands_left, "1:0:0:0") == 1U);
  BOOST_TEST((world.all.head().status().state == HeadState::degraded));
  BOOST_TEST(world.all.head().status().next_write_path == "0:0:0:0");
  BOOST_TEST(world.all.head().set_path_state("0:0:0:0", PathState::offline).has_value());
  BOOST_TEST(world.all.head().status().next_path == "1:0:0:0");
  BOOST_TEST(world.all.head().status().next_write_path.empty());
  auto& late = world.all.write(0, 512);
  world.all.advance(29s);
  BOOST_TEST(!late.is_done());  // as long as where there is no path
  BOOST_TEST(world.all.read(0, 512).is_good());
  world.all.advance(1s);
  BOOST_TEST((late.error == IoError::io));
  auto& last = world.all.write(0, 512);
  BOOST_TEST(world.all.head().set_path_state("1:0:0:0", PathState::running).has_value());
  world.all.settle();
  BOOST_TEST(last.is_good());
}

BOOST_AUTO_TEST_CASE(trap_17_a_path_that_joins_after_that_carries_no_writes_either) {
  Restarted world;
  world.opener.fails = "no answer in time";
  world.all.advance(121s);
  BOOST_TEST((world.paths() == Names{"0:0:0:0"}));
  BOOST_TEST(world.all.write(0, 512).is_good());
  world.opener.fails.clear();
  world.all.advance(6s);
  BOOST_TEST((world.paths() == Names{"0:0:0:0", "1:0:0:0"}));
  BOOST_TEST(!world.all.head().status().paths[1].carries_writes);
  BOOST_TEST(world.all.events.count(EventKind::commands_left, "1:0:0:0") == 1U);
  // A device made anew has none of them.
  world.unplug("1:0:0:0");
  world.plug("1:0:0:0");
  BOOST_TEST(world.all.head().status().paths[1].carries_writes);
}

BOOST_AUTO_TEST_CASE(a_device_that_was_never_served_takes_the_distrust_with_it) {
  Restarted world;
  world.opener.fails = "no answer in time";
  world.all.advance(121s);
  BOOST_TEST((world.paths() == Names{"0:0:0:0"}));
  world.opener.fails.clear();
  world.source.in_flight.clear();
  world.plug("1:0:0:0");
  BOOST_TEST((world.paths() == Names{"0:0:0:0", "1:0:0:0"}));
  BOOST_TEST(world.all.head().status().paths[1].carries_writes);
  BOOST_TEST(world.all.events.count(EventKind::commands_left, "1:0:0:0") == 0U);
}

/// Two disks, and commands on a device of which the kernel does not know whose it is.
struct RestartedInTheDark : World {
  RestartedInTheDark() {
    ScriptedIdentity identity = opener.disk->identity;
    identity.naa.back() ^= 1;
    opener.other = std::make_shared<ScriptedDisk>(identity);
    opener.elsewhere = "2:0:0:0";
    for (const char* name : {"0:0:0:0", "1:0:0:0", "2:0:0:0"}) source.plug(name);
    source.wwid.clear();
    source.in_flight["1:0:0:0"] = 1;
    start();
  }
  bool holds_writes(std::size_t disk) {
    return all.registry.heads().at(disk)->status().holds_writes;
  }
};

BOOST_AUTO_TEST_CASE(trap_17_every_write_waits_as_long_as_it_may_be_any_disk_that_has_commands) {
  RestartedInTheDark world;
  BOOST_TEST((world.paths() == Names{"0:0:0:0", "2:0:0:0"}));
  world.all.adopt(world.all.registry.heads().at(1));
  auto& write = world.all.write(0, 512);
  BOOST_TEST(!write.is_done());
  BOOST_TEST(world.holds_writes(0));
  world.all.advance(11s);  // it is asked in any case, and it is of the first disk
  BOOST_TEST((world.paths() == Names{"0:0:0:0", "1:0:0:0", "2:0:0:0"}));
  BOOST_TEST(write.is_good());
  BOOST_TEST(world.holds_writes(0));
  world.source.in_flight.clear();
  world.all.advance(LeftCommands::interval);
  BOOST_TEST(!world.holds_writes(0));
  BOOST_TEST(world.all.events.count(EventKind::commands_left) == 0U);
}

BOOST_AUTO_TEST_CASE(trap_17_one_that_never_tells_whose_it_is_holds_no_write_beyond_ghost_timeout) {
  RestartedInTheDark world;
  world.opener.fails = "no answer in time";
  world.all.advance(119s);
  BOOST_TEST(world.holds_writes(0));
  BOOST_TEST(world.holds_writes(1));
  world.all.advance(2s);
  BOOST_TEST(!world.holds_writes(0));
  BOOST_TEST(!world.holds_writes(1));
  world.opener.fails.clear();
  world.all.advance(6s);
  BOOST_TEST(!world.all.registry.heads().at(0)->status().paths.at(1).carries_writes);
}

BOOST_AUTO_TEST_CASE(a_write_that_waits_for_a_trusted_path_ends_with_the_mount) {
  Restarted world;
  world.all.advance(121s);
  BOOST_TEST(world.all.head().set_path_state("0:0:0:0", PathState::offline).has_value());
  auto& write = world.all.write(0, 512);
  BOOST_TEST(!write.is_done());
  world.all.registry.stop_holding();
  world.all.settle();
  BOOST_TEST((write.error == IoError::io));
}

BOOST_AUTO_TEST_CASE(a_write_that_waits_for_commands_left_ends_with_the_mount) {
  Restarted world;
  auto& write = world.all.write(0, 512);
  BOOST_TEST(!write.is_done());
  world.all.registry.stop_holding();
  world.all.settle();
  BOOST_TEST((write.error == IoError::io));
}

BOOST_AUTO_TEST_CASE(a_device_that_goes_takes_the_commands_with_it) {
  Restarted world;
  auto& write = world.all.write(0, 512);
  world.unplug("1:0:0:0");
  BOOST_TEST(write.is_good());
}

BOOST_AUTO_TEST_CASE(who_waits_for_commands_of_an_earlier_process_can_be_freed) {
  Restarted world;
  auto& write = world.all.write(0, 512);
  world.all.set([](HeadSettings& settings) { settings.ghost_timeout = HeadSettings::forever; });
  world.all.advance(1h);
  BOOST_TEST(!write.is_done());
  world.all.set([](HeadSettings& settings) { settings.ghost_timeout = {}; });
  world.all.advance(LeftCommands::interval);
  BOOST_TEST(write.is_good());
}

BOOST_AUTO_TEST_CASE(a_device_that_comes_later_has_none_of_them) {
  World world;
  world.start();
  world.source.in_flight["0:0:0:0"] = 1;
  world.plug("0:0:0:0");
  BOOST_TEST((world.paths() == Names{"0:0:0:0"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
