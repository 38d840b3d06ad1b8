// SPDX-License-Identifier: LGPL-2.1-or-later
// Which path takes the next command, and why the others do not.
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "head_world.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

namespace {

std::string use_of(HeadWorld& world, std::size_t path) {
  return world.path_status(path).use;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(explain)

BOOST_AUTO_TEST_CASE(the_next_command_goes_where_it_was_said) {
  for (const IoPolicy policy : all_iopolicies) {
    HeadWorld world({.settings = {.iopolicy = policy}, .paths = 3});
    for (int i = 0; i < 5; ++i) {
      const std::string next = world.status().next_path;
      for (std::size_t path = 0; path < 3; ++path) {
        BOOST_TEST((use_of(world, path) == "takes the next command") ==
                   (world.path(path).name() == next));
        BOOST_TEST(!use_of(world, path).empty());
        world.path(path).log.clear();
      }
      BOOST_TEST(world.write(0, 512).is_good());
      for (std::size_t path = 0; path < 3; ++path) {
        BOOST_TEST((world.path(path).count_writes() == 1U) == (world.path(path).name() == next));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(each_other_path_has_its_reason) {
  HeadWorld world({.paths = 1});
  world.add_path({.name = "slow", .group = 2, .access = AccessState::non_optimized});
  world.add_path({.name = "standby", .group = 3, .access = AccessState::standby});
  world.add_path({.name = "dead", .group = 4});
  world.add_path({.name = "asked", .group = 5});
  world.path(3).go_down();
  world.advance(6s);
  world.path(4).hold_checks = true;
  world.registry.recheck("asked", true);
  world.settle();
  BOOST_TEST(world.status().next_path == "p0");
  BOOST_TEST(use_of(world, 1) ==
             "active/non-optimized, only when none that is active/optimized is usable");
  BOOST_TEST(use_of(world, 2).starts_with("its port group is standby (TEST UNIT READY: "));
  BOOST_TEST(use_of(world, 3) == "TEST UNIT READY: no connection (host byte 01)");
  BOOST_TEST(use_of(world, 4) == "whose disk it leads to is being asked");
}

BOOST_AUTO_TEST_CASE(a_path_that_is_busy_says_so) {
  HeadWorld world;
  world.path(0).script_io(Answer::status_byte(0x08));
  auto& busy = world.write(0, 512);
  BOOST_TEST(use_of(world, 0) == "it has answered busy, only when no other is usable");
  world.advance(5s);
  BOOST_TEST(busy.is_good());
}

BOOST_AUTO_TEST_CASE(a_path_that_keeps_commands_says_so) {
  HeadWorld world;
  world.path(0).hold_io = true;
  world.path(0).abort_does = ScriptedPath::Abort::ignored;
  auto& read = world.read(0, 512);
  world.advance(16s);  // given up, and a check has been good since
  BOOST_TEST(read.is_good());
  BOOST_TEST(use_of(world, 0) == "READ(10): no answer within io_timeout");
}

BOOST_AUTO_TEST_CASE(while_writes_wait_no_path_takes_one) {
  HeadWorld world({.paths = 0});
  world.registry.hold_writes("naa." + world.disk->identity.naa);
  world.add_path({.name = "p0"});
  BOOST_TEST(world.status().holds_writes);
  BOOST_TEST(world.status().next_path == "p0");
  BOOST_TEST(world.status().next_write_path.empty());
  BOOST_TEST(use_of(world, 0) == "takes the next read");
  world.registry.let_write("naa." + world.disk->identity.naa);
  BOOST_TEST(world.status().next_write_path == "p0");
  BOOST_TEST(use_of(world, 0) == "takes the next command");
}

BOOST_AUTO_TEST_CASE(without_a_usable_path_there_is_no_next_one) {
  HeadWorld world;
  for (int i = 0; i < 2; ++i) world.path(i).go_down();
  world.advance(6s);
  BOOST_TEST(world.status().next_path.empty());
}

BOOST_AUTO_TEST_SUITE_END()
