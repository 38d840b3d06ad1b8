// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices that come, go and change, and what becomes of the registry's paths.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <functional>
#include <utility>

#include "keeper_world.h"

namespace {

using namespace scsimpath;
using namespace scsimpath::discovery;
using namespace scsimpath::discovery::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(path_keeper)

BOOST_AUTO_TEST_CASE(what_is_there_is_taken_and_then_it_is_settled) {
  World world;
  world.source.plug("0:0:0:0");
  world.source.plug("1:0:0:0");
  world.opener.held = true;
  world.start();
  BOOST_TEST(world.settled == 0);
  BOOST_TEST(!world.candidate("0:0:0:0").used);
  world.opener.work();
  world.opener.work();
  world.all.settle();
  BOOST_TEST(world.settled == 1);
  BOOST_TEST((world.paths() == Names{"0:0:0:0", "1:0:0:0"}));
  BOOST_TEST(world.all.registry.heads().size() == 1U);
  BOOST_TEST(world.candidate("1:0:0:0").used);
  BOOST_TEST(world.candidate("1:0:0:0").wwid == "naa." + world.all.disk->identity.naa);
}

/// Something happens whenever somebody asks it what time it is.
struct InterruptedClock final : Clock {
  explicit InterruptedClock(const Clock& all) : clock(all) {}
  [[nodiscard]] Instant now() const noexcept override {
    if (interrupt) std::exchange(interrupt, nullptr)();
    return clock.now();
  }
  const Clock& clock;
  mutable std::function<void()> interrupt;
};

BOOST_AUTO_TEST_CASE(what_is_heard_while_it_starts_does_not_settle_it) {
  World world;
  const Runtime& plain = world.all.runtime.runtime();
  InterruptedClock clock(plain.clock);
  Runtime runtime{clock, plain.timers, plain.control, plain.workers};
  PathKeeper keeper({.runtime = runtime,
                     .thread = runtime.workers,
                     .registry = world.all.registry,
                     .source = world.source,
                     .opener = world.opener,
                     .admission = every_disk()});
  world.source.plug("0:0:0:0");
  keeper.changed("9:0:0:0", Hint::none);  // one that has gone again
  clock.interrupt = [&] { world.all.advance(PathKeeper::window); };
  std::size_t known = 0;
  keeper.start([&] { known = keeper.candidates().size(); });
  clock.interrupt = nullptr;
  world.all.advance(PathKeeper::window);
  BOOST_TEST(known == 1U);
  keeper.stop();
  world.all.settle();
}

BOOST_AUTO_TEST_CASE(no_disk_is_settled_at_once) {
  World world;
  world.start();
  BOOST_TEST(world.settled == 1);
}

BOOST_AUTO_TEST_CASE(disks_come_and_go) {
  World world;
  world.start();
  world.plug("0:0:0:0");
  world.plug("1:0:0:0");
  BOOST_TEST((world.paths() == Names{"0:0:0:0", "1:0:0:0"}));
  world.unplug("0:0:0:0");
  BOOST_TEST((world.paths() == Names{"1:0:0:0"}));
  BOOST_TEST(world.candidate("0:0:0:0").name.empty());
}

BOOST_AUTO_TEST_CASE(a_storm_costs_one_look_at_each_device) {
  World world;
  world.start();
  for (int i = 0; i < 8; ++i) world.source.plug(std::to_string(i) + ":0:0:0");
  world.source.reads = 0;
  for (int round = 0; round < 100; ++round)
    for (int i = 0; i < 8; ++i) world.keeper.changed(std::to_string(i) + ":0:0:0", Hint::none);
  world.all.advance(PathKeeper::window);
  BOOST_TEST(world.source.reads == 8U);
  BOOST_TEST(world.paths().size() == 8U);
}

BOOST_AUTO_TEST_CASE(lost_events_are_made_good) {
  World world;
  world.source.plug("0:0:0:0");
  world.start();
  world.source.devices.clear();
  world.source.plug("1:0:0:0");
  world.keeper.rescan();
  world.all.settle();
  BOOST_TEST((world.paths() == Names{"1:0:0:0"}));
}

BOOST_AUTO_TEST_CASE(after_lost_events_every_path_is_asked_again_whose_it_is) {
  World world;
  world.source.plug("0:0:0:0");
  world.start();
  world.all.adopt(world.all.registry.heads().at(0));
  world.all.set([](HeadSettings& settings) { settings.no_path_timeout = {}; });
  world.opener.last->hold_checks = true;
  world.keeper.rescan();
  world.all.settle();
  BOOST_TEST(world.all.head().status().paths_usable == 0U);
  auto& read = world.all.read(0, 512);
  BOOST_TEST(!read.is_done());
  world.opener.last->hold_checks = false;
  world.opener.last->complete_all_held();
  world.all.settle();
  BOOST_TEST(read.is_good());
  BOOST_TEST(world.all.head().status().paths_usable == 1U);
}

BOOST_AUTO_TEST_CASE(after_lost_events_what_was_refused_is_not_taken) {
  World world;
  world.source.plug("0:0:0:0");
  world.source.used = "0:0:0:0";
  world.start();
  world.source.used.clear();
  world.keeper.rescan();
  world.all.settle();
  BOOST_TEST(world.paths().empty());
}

BOOST_AUTO_TEST_CASE(a_device_that_was_replaced_unnoticed_is_a_new_path) {
  World world;
  world.source.plug("0:0:0:0");
  world.start();
  ScriptedPath& first = *world.opener.last;
  world.plug("0:0:0:0");  // another incarnation, and no event of the removal
  BOOST_TEST((world.paths() == Names{"0:0:0:0"}));
  BOOST_TEST(world.opener.opens == 2U);
  BOOST_TEST(world.opener.last != &first);
  world.all.advance(1s);
  BOOST_TEST(first.destroyed);
}

BOOST_AUTO_TEST_CASE(a_device_that_went_while_it_was_opened_is_dropped) {
  World world;
  world.start();
  world.opener.held = true;
  world.plug("0:0:0:0");
  world.unplug("0:0:0:0");
  world.opener.work();
  world.all.settle();
  BOOST_TEST(world.paths().empty());
  BOOST_TEST(world.opener.last->destroyed);
}

BOOST_AUTO_TEST_CASE(a_device_that_went_while_it_joined_is_removed) {
  World world;
  world.start();
  world.source.plug("0:0:0:0");
  world.opener.held = true;
  world.changed("0:0:0:0");
  // Its first look is not over when the device goes.
  world.opener.work();
  world.opener.last->hold_checks = true;
  world.all.settle();
  world.unplug("0:0:0:0");
  world.opener.last->hold_checks = false;
  world.opener.last->complete_all_held();
  world.all.advance(1s);
  BOOST_TEST(world.paths().empty());
  BOOST_TEST(world.opener.last->destroyed);
}

BOOST_AUTO_TEST_CASE(a_device_that_is_replaced_while_it_joins_is_served_anew) {
  World world;
  world.source.plug("0:0:0:0");
  world.opener.held = true;
  world.start();
  // Its first look is not over when the other one comes.
  world.opener.work();
  ScriptedPath& first = *world.opener.last;
  first.hold_checks = true;
  world.all.settle();
  world.plug("0:0:0:0");
  world.opener.work();
  world.all.settle();
  first.hold_checks = false;
  first.complete_all_held();
  world.all.advance(10s);
  BOOST_TEST((world.paths() == Names{"0:0:0:0"}));
  BOOST_TEST(world.candidate("0:0:0:0").used);
  BOOST_TEST(first.destroyed);
}

BOOST_AUTO_TEST_CASE(a_disk_in_use_stays_refused_until_something_changes) {
  World world;
  world.source.plug("0:0:0:0");
  world.source.used = "0:0:0:0";
  world.start();
  BOOST_TEST(world.candidate("0:0:0:0").reason == "/dev/sd0:0:0:0 is mounted");
  world.source.used.clear();
  world.all.advance(1min);
  BOOST_TEST(world.paths().empty());
  world.changed("0:0:0:0");  // an event that changes nothing
  BOOST_TEST(world.paths().empty());
  world.plug("0:0:0:0");
  BOOST_TEST(world.paths().size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_may_pass_is_tried_again) {
  World world;
  world.source.plug("0:0:0:0");
  world.opener.fails = "no answer";
  world.start();
  BOOST_TEST(world.settled == 1);
  BOOST_TEST(world.candidate("0:0:0:0").reason == "no answer");
  world.all.advance(PathKeeper::retry_interval);
  BOOST_TEST(world.opener.opens == 2U);
  world.opener.fails.clear();
  world.all.advance(PathKeeper::retry_interval);
  BOOST_TEST(world.paths().size() == 1U);
  world.all.advance(1min);
  BOOST_TEST(world.opener.opens == 3U);
}

BOOST_AUTO_TEST_CASE(a_mount_waits_for_the_one_before_it_to_let_go) {
  World world;
  world.source.plug("0:0:0:0");
  world.source.plug("1:0:0:0");
  world.opener.fails = "in use";
  world.opener.in_use = true;
  world.start();
  world.all.advance(1s);
  BOOST_TEST(world.settled == 0);
  BOOST_TEST(world.candidate("0:0:0:0").reason == "in use");
  world.opener.fails.clear();
  world.all.advance(PathKeeper::grace_interval);
  BOOST_TEST(world.paths().size() == 2U);
  BOOST_TEST(world.settled == 1);
}

BOOST_AUTO_TEST_CASE(a_mount_does_not_wait_for_long_for_one_that_stays_in_use) {
  World world;
  world.source.plug("0:0:0:0");
  world.opener.fails = "in use";
  world.opener.in_use = true;
  world.start();
  world.all.advance(PathKeeper::grace + PathKeeper::grace_interval);
  BOOST_TEST(world.settled == 1);
  const unsigned opens = world.opener.opens;
  BOOST_TEST(opens >= 20U);
  world.all.advance(PathKeeper::retry_interval);
  BOOST_TEST(world.opener.opens == opens + 1);
  // Nobody waits for a mount any more.
  world.plug("1:0:0:0");
  world.all.advance(1s);
  BOOST_TEST(world.opener.opens == opens + 2);
}

BOOST_AUTO_TEST_CASE(one_that_was_in_use_is_opened_as_such) {
  World world;
  world.source.plug("0:0:0:0");
  world.opener.fails = "no answer";
  world.start();
  world.all.advance(PathKeeper::retry_interval);
  BOOST_TEST(world.opener.opens == 2U);
  BOOST_TEST(!world.opener.told_in_use);
  world.opener.fails = "in use";
  world.opener.in_use = true;
  world.plug("1:0:0:0");
  BOOST_TEST(!world.opener.told_in_use);
  world.unplug("0:0:0:0");
  world.all.advance(PathKeeper::retry_interval);
  BOOST_TEST(world.opener.told_in_use);
  world.plug("1:0:0:0");  // another device
  BOOST_TEST(!world.opener.told_in_use);
}

BOOST_AUTO_TEST_CASE(it_says_whether_it_waits_for_somebody_to_let_go) {
  World world;
  world.source.plug("0:0:0:0");
  world.opener.held = true;
  world.start();
  BOOST_TEST(!world.keeper.awaits_release());  // it does not know yet
  world.opener.held = false;
  world.opener.fails = "in use";
  world.opener.in_use = true;
  world.opener.work();
  world.all.settle();
  BOOST_TEST(world.keeper.awaits_release());
  world.opener.held = true;
  world.all.advance(PathKeeper::grace_interval);
  BOOST_TEST(world.keeper.awaits_release());  // nor is it decided while it is asked again
  world.opener.held = false;
  world.opener.fails.clear();
  world.opener.work();
  world.all.settle();
  BOOST_TEST(!world.keeper.awaits_release());
  BOOST_TEST(world.settled == 1);
}

BOOST_AUTO_TEST_CASE(it_does_not_wait_for_what_is_refused_or_does_not_answer) {
  World world;
  world.source.plug("0:0:0:0");
  world.opener.fails = "no answer";
  world.start();
  BOOST_TEST(!world.keeper.awaits_release());
  world.opener.fails = "in use";
  world.opener.in_use = true;
  world.plug("0:0:0:0");
  BOOST_TEST(!world.keeper.awaits_release());  // the mount is there by now
}

BOOST_AUTO_TEST_CASE(one_that_is_in_use_is_asked_again_before_the_others_are) {
  World world;
  world.source.plug("0:0:0:0");
  world.source.plug("1:0:0:0");
  world.opener.held = true;
  world.start();
  world.opener.fails = "no answer";
  world.opener.work();
  world.all.settle();
  world.opener.fails = "in use";
  world.opener.in_use = true;
  world.opener.work();
  world.all.settle();
  world.all.advance(PathKeeper::grace_interval);
  BOOST_TEST(world.opener.jobs.size() == 2U);
  BOOST_TEST(world.settled == 0);
}

BOOST_AUTO_TEST_CASE(others_that_are_refused_do_not_put_a_retry_off) {
  World world;
  world.source.plug("0:0:0:0");
  world.opener.fails = "no answer";
  world.start();
  for (int i = 1; i <= 4; ++i) {
    world.all.advance(1s);
    world.plug(std::to_string(i) + ":0:0:0");
  }
  BOOST_TEST(world.opener.opens == 5U);
  world.all.advance(1s);
  BOOST_TEST(world.opener.opens == 10U);
}

BOOST_AUTO_TEST_CASE(what_is_final_is_not_tried_again) {
  World world;
  world.source.plug("0:0:0:0");
  world.opener.alua = false;
  world.start();
  world.all.advance(1min);
  BOOST_TEST(world.opener.opens == 1U);
  BOOST_TEST(world.candidate("0:0:0:0").lacks_alua);
  BOOST_TEST(!world.candidate("0:0:0:0").wwid.empty());
}

BOOST_AUTO_TEST_CASE(one_that_is_asked_again_is_still_said_to_be_refused_and_why) {
  World world;
  world.source.plug("0:0:0:0");
  world.opener.alua = false;
  world.start();
  world.opener.held = true;
  world.changed("0:0:0:0", Hint::identify);
  BOOST_TEST(world.opener.jobs.size() == 1U);
  BOOST_TEST(world.candidate("0:0:0:0").lacks_alua);
  BOOST_TEST(!world.candidate("0:0:0:0").reason.empty());
  world.opener.alua = true;
  world.opener.work();
  world.all.settle();
  BOOST_TEST(world.candidate("0:0:0:0").used);
}

// What udev says.

Admission disks_of(DiskFilter filter) {
  Admission rules = every_disk();
  rules.filter = std::move(filter);
  return rules;
}

BOOST_AUTO_TEST_CASE(a_disk_that_udev_has_not_looked_at_is_not_taken_where_a_property_excludes) {
  World world(disks_of({.exclude = {{.property = "ID_BUS=usb"}}}));
  world.source.plug("0:0:0:0");
  world.start();
  BOOST_TEST(world.opener.opens == 0U);
  BOOST_TEST(world.candidate("0:0:0:0").reason == "udev has not looked at it yet");
  world.source.udev = Properties{{"ID_BUS", "usb"}};
  world.changed("0:0:0:0");
  BOOST_TEST(world.opener.opens == 0U);
  BOOST_TEST(world.candidate("0:0:0:0").reason.find("excluded") == 0U);
  world.source.udev = Properties{{"ID_BUS", "scsi"}};
  world.changed("0:0:0:0");
  BOOST_TEST((world.paths() == Names{"0:0:0:0"}));
}

BOOST_AUTO_TEST_CASE(a_disk_is_included_when_udev_has_looked_at_it) {
  World world(disks_of({.include = {{.property = "ID_BUS=scsi"}}}));
  world.start();
  world.plug("0:0:0:0");
  BOOST_TEST(world.candidate("0:0:0:0").reason == "udev has not looked at it yet");
  world.source.udev = Properties{};
  world.all.advance(PathKeeper::retry_interval);  // no event is heard of it
  BOOST_TEST(world.candidate("0:0:0:0").reason == "not included by the configuration");
  world.source.udev = Properties{{"ID_BUS", "scsi"}};
  world.changed("0:0:0:0");
  BOOST_TEST((world.paths() == Names{"0:0:0:0"}));
}

BOOST_AUTO_TEST_CASE(a_property_that_nobody_names_does_not_open_a_disk_in_use) {
  World world(disks_of({.exclude = {{.property = "ID_BUS=usb"}}}));
  world.source.udev = Properties{{"ID_BUS", "scsi"}, {"ID_FS_TYPE", "ext4"}};
  world.source.plug("0:0:0:0");
  world.source.used = "0:0:0:0";
  world.start();
  world.source.used.clear();
  world.source.udev = Properties{{"ID_BUS", "scsi"}};
  world.changed("0:0:0:0");
  BOOST_TEST(world.paths().empty());
}

BOOST_AUTO_TEST_CASE(hints_reach_the_path) {
  World world;
  world.source.plug("0:0:0:0");
  world.source.plug("1:0:0:0");
  world.start();
  ScriptedPath& second = *world.opener.last;
  second.hold_checks = true;
  world.changed("1:0:0:0", Hint::check);
  BOOST_TEST(second.held() == 1U);
  BOOST_TEST(world.all.registry.heads()[0]->status().paths_usable == 2U);
  world.changed("1:0:0:0", Hint::identify);
  BOOST_TEST(world.all.registry.heads()[0]->status().paths_usable == 1U);
  second.hold_checks = false;
  second.complete_all_held();
  world.all.settle();
  BOOST_TEST(world.all.registry.heads()[0]->status().paths_usable == 2U);
}

BOOST_AUTO_TEST_CASE(a_listed_device_comes_back_as_the_same_disk_only) {
  Admission rules;
  rules.listed = {"0:0:0:0", "1:0:0:0"};
  World world(rules);
  world.source.plug("0:0:0:0");
  world.source.plug("1:0:0:0");
  world.source.plug("2:0:0:0");
  world.start();
  BOOST_TEST((world.paths() == Names{"0:0:0:0", "1:0:0:0"}));
  world.plug("1:0:0:0");
  BOOST_TEST((world.paths() == Names{"0:0:0:0", "1:0:0:0"}));

  ScriptedIdentity other = world.all.disk->identity;
  other.naa = "60000000000000000000000000000002";
  world.opener.disk = std::make_shared<ScriptedDisk>(other);
  world.plug("1:0:0:0");
  BOOST_TEST((world.paths() == Names{"0:0:0:0"}));
  BOOST_TEST(world.candidate("1:0:0:0").reason.find("another disk") == 0U);
}

BOOST_AUTO_TEST_CASE(a_thousand_hot_plugs_leave_nothing_behind) {
  World world;
  world.source.plug("0:0:0:0");
  world.start();
  std::vector<ScriptedPath*> seen;
  for (int i = 0; i < 1000; ++i) {
    world.plug("1:0:0:0");
    BOOST_TEST_REQUIRE(world.paths().size() == 2U);
    seen.push_back(world.opener.last);
    world.unplug("1:0:0:0");
  }
  world.all.advance(1s);
  for (const ScriptedPath* path : seen) BOOST_TEST(path->destroyed);
  BOOST_TEST((world.paths() == Names{"0:0:0:0"}));
  BOOST_TEST(world.keeper.candidates().size() == 1U);
}

BOOST_AUTO_TEST_CASE(after_the_end_nothing_is_added) {
  World world;
  world.source.plug("0:0:0:0");
  world.opener.held = true;
  world.start();
  world.keeper.stop();
  world.opener.work();
  world.all.settle();
  BOOST_TEST(world.paths().empty());
  BOOST_TEST(world.opener.last->destroyed);
  world.plug("1:0:0:0");
  BOOST_TEST(world.opener.opens == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
