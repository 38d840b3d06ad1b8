// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices that come, go and change, and what becomes of the registry's paths.
#include "path_keeper.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <deque>

#include "head_world.h"

namespace {

using namespace scsimpath;
using namespace scsimpath::discovery;
using namespace scsimpath::test;
using namespace std::chrono_literals;

struct FakeSource final : DeviceSource {
  std::vector<std::string> names() override {
    std::vector<std::string> names;
    for (const auto& [name, device] : devices) names.push_back(name);
    return names;
  }
  std::optional<ScsiDevice> read(const std::string& name) override {
    ++reads;
    const auto found = devices.find(name);
    return found == devices.end() ? std::nullopt : std::optional(found->second);
  }
  Properties properties(const ScsiDevice&) override { return {}; }
  std::string user_of(const ScsiDevice& device) override {
    return device.name == used ? device.block_node + " is mounted" : "";
  }

  unsigned commands_in_flight(const ScsiDevice& device) override { return in_flight[device.name]; }
  std::string wwid_of(const ScsiDevice&) override { return wwid; }

  void plug(const std::string& name) {
    devices[name] = {.name = name,
                     .incarnation = ++incarnations,
                     .type = ScsiDevice::disk_type,
                     .bsg_node = "/dev/bsg/" + name,
                     .block_node = "/dev/sd" + name};
  }

  std::map<std::string, ScsiDevice> devices;
  std::map<std::string, unsigned> in_flight;
  std::string wwid = "naa.60000000000000000000000000000001";
  std::string used;
  unsigned reads = 0;
  std::uint64_t incarnations = 0;
};

/// Opens scripted paths, at once or when the test says so.
struct FakeOpener final : PathOpener {
  explicit FakeOpener(HeadWorld& all) : world(all) {}

  void open(ScsiDevice device, Admit admit, Opened opened) override {
    ++opens;
    jobs.push_back({std::move(device), std::move(admit), std::move(opened)});
    while (!held && !jobs.empty()) work();
  }
  void work() {
    const Job job = std::move(jobs.front());
    jobs.pop_front();
    if (!fails.empty()) return job.opened(std::unexpected(Refusal{fails, fails_for_now}));
    const auto& behind = job.device.name == elsewhere ? other : disk;
    const DiskIdentity identity{
        .wwid = "naa." + behind->identity.naa, .vendor = "SCRIPTED", .has_alua = alua};
    if (auto refusal = job.admit(identity)) return job.opened(std::unexpected(*refusal));
    last = &world.make_path({.name = job.device.name, .group = 1}, behind);
    job.opened(OpenedPath{identity, last->make_transport()});
  }

  struct Job {
    ScsiDevice device;
    Admit admit;
    Opened opened;
  };
  HeadWorld& world;
  std::shared_ptr<ScriptedDisk> disk = world.disk;
  std::shared_ptr<ScriptedDisk> other;
  std::string elsewhere;  ///< the device of the other disk
  std::deque<Job> jobs;
  bool held = false;
  bool alua = true;
  std::string fails;
  bool fails_for_now = true;
  unsigned opens = 0;
  ScriptedPath* last = nullptr;
};

Admission every_disk() {
  Admission rules;
  rules.udev = true;
  return rules;
}

struct World {
  explicit World(Admission rules = every_disk())
      : keeper({.runtime = all.runtime.runtime(),
                .thread = all.runtime.runtime().workers,
                .registry = all.registry,
                .source = source,
                .opener = opener,
                .admission = std::move(rules)}) {}
  ~World() {
    keeper.stop();
    all.settle();
  }

  void start() {
    keeper.start([this] { ++settled; });
    all.settle();
  }
  void changed(const std::string& name, Hint hint = Hint::none) {
    keeper.changed(name, hint);
    all.advance(PathKeeper::window);
  }
  void plug(const std::string& name) {
    source.plug(name);
    changed(name);
  }
  void unplug(const std::string& name) {
    source.devices.erase(name);
    changed(name);
  }
  std::vector<std::string> paths() {
    std::vector<std::string> names;
    for (const auto& head : all.registry.heads())
      for (const PathStatus& path : head->status().paths) names.push_back(path.name);
    return names;
  }
  Candidate candidate(const std::string& name) {
    for (const Candidate& each : keeper.candidates())
      if (each.name == name) return each;
    return {};
  }

  HeadWorld all{{.paths = 0}};
  FakeSource source;
  FakeOpener opener{all};
  PathKeeper keeper;
  int settled = 0;
};

using Names = std::vector<std::string>;

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

// Commands of an earlier process.

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
