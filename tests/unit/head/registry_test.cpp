// SPDX-License-Identifier: LGPL-2.1-or-later
// Which paths make one head, and which never do.
#include <errno.h>

#include <boost/test/unit_test.hpp>
#include <chrono>

#include "head_world.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<ScriptedDisk> disk_like(HeadWorld& world, void (*change)(ScriptedIdentity&)) {
  ScriptedIdentity identity = world.disk->identity;
  change(identity);
  return std::make_shared<ScriptedDisk>(identity);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(registry)

BOOST_AUTO_TEST_CASE(paths_of_one_identity_make_one_head) {
  HeadWorld world({.paths = 4});
  BOOST_TEST(world.registry.heads().size() == 1U);
  BOOST_TEST(world.observer.added == 1U);
  const HeadStatus status = world.status();
  BOOST_TEST(status.paths.size() == 4U);
  BOOST_TEST(status.name == "naa.60000000000000000000000000000001");
  BOOST_TEST(status.wwid == status.name);
  BOOST_TEST(status.vendor == "SCRIPTED");
  BOOST_TEST(status.product == "memory disk");
  BOOST_TEST(status.serial == "0001");
  BOOST_TEST(status.paths[1].device == "scripted:p1");
  BOOST_TEST(status.paths[1].target_port_group == 2U);
  BOOST_TEST(world.events.count(EventKind::head_added) == 1U);
  BOOST_TEST(world.events.count(EventKind::path_added) == 4U);
}

BOOST_AUTO_TEST_CASE(another_identity_makes_another_head) {
  HeadWorld world;
  auto other = disk_like(
      world, [](ScriptedIdentity& identity) { identity.naa = "60000000000000000000000000000002"; });
  auto joined = world.join(world.make_path({}, other));
  BOOST_TEST_REQUIRE(joined.has_value());
  BOOST_TEST(world.registry.heads().size() == 2U);
  BOOST_TEST((*joined)->wwid() == "naa.60000000000000000000000000000002");
}

BOOST_AUTO_TEST_CASE(trap_18_one_wwid_on_two_disks_is_refused_and_told) {
  const std::vector<void (*)(ScriptedIdentity&)> differences{
      [](ScriptedIdentity& identity) { identity.vendor = "OTHER"; },
      [](ScriptedIdentity& identity) { identity.product = "other disk"; },
      [](ScriptedIdentity& identity) { identity.serial = "0002"; },
      [](ScriptedIdentity& identity) { identity.blocks = 4096; },
      [](ScriptedIdentity& identity) { identity.blocks = 1024; },
      [](ScriptedIdentity& identity) { identity.block_size = 4096; }};
  for (std::size_t i = 0; i < differences.size(); ++i) {
    BOOST_TEST_CONTEXT("difference " << i) {
      HeadWorld world;
      auto other = disk_like(world, differences[i]);
      ScriptedPath& path = world.make_path({}, other);
      const auto joined = world.join(path);
      BOOST_TEST_REQUIRE(!joined.has_value());
      BOOST_TEST(joined.error().message.find(path.name()) != std::string::npos);
      BOOST_TEST(world.events.count(EventKind::identity_mismatch, path.name()) == 1U);
      BOOST_TEST(world.registry.heads().size() == 1U);
      BOOST_TEST(world.status().paths.size() == 2U);
      world.advance(10s);
      BOOST_TEST(path.destroyed);
      BOOST_TEST(path.count_io() == 0U);
      BOOST_TEST(world.write(0, 512).is_good());
    }
  }
}

BOOST_AUTO_TEST_CASE(trap_15_long_identities_are_compared_to_their_end) {
  const std::string common = "VENDOR  " + std::string(150, 'x');
  HeadWorld world({.paths = 0});
  world.disk->identity.naa.clear();
  world.disk->identity.t10 = common + "1";
  world.add_path();
  BOOST_TEST(world.head().wwid().find(common + "1") != std::string::npos);
  ScriptedIdentity identity = world.disk->identity;
  identity.t10 = common + "2";
  auto joined = world.join(world.make_path({}, std::make_shared<ScriptedDisk>(identity)));
  BOOST_TEST_REQUIRE(joined.has_value());
  BOOST_TEST(world.registry.heads().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_device_without_a_unique_id_is_refused) {
  HeadWorld world({.paths = 0});
  world.disk->identity.naa.clear();
  ScriptedPath& path = world.make_path();
  const auto joined = world.join(path);
  BOOST_TEST_REQUIRE(!joined.has_value());
  BOOST_TEST(world.registry.heads().empty());
  world.settle();
  BOOST_TEST(path.destroyed);
}

BOOST_AUTO_TEST_CASE(a_path_that_cannot_be_reached_is_refused) {
  HeadWorld world({.paths = 0});
  ScriptedPath& path = world.make_path();
  path.go_down();
  const auto joined = world.join(path);
  BOOST_TEST_REQUIRE(!joined.has_value());
  BOOST_TEST(joined.error().message.find("scripted:p0") != std::string::npos);
  BOOST_TEST(!joined.error().message.ends_with('.'));
  ScriptedPath& gone = world.make_path();
  gone.disk = nullptr;
  BOOST_TEST(!world.join(gone).has_value());
}

BOOST_AUTO_TEST_CASE(a_path_that_does_not_answer_is_refused_in_time) {
  for (const auto abort : {ScriptedPath::Abort::in_call, ScriptedPath::Abort::in_worker}) {
    HeadWorld world({.paths = 0});
    ScriptedPath& path = world.make_path();
    path.hold_checks = true;
    path.abort_does = abort;
    const Instant begin = world.runtime.now();
    std::optional<Result<std::shared_ptr<Head>>> answer;
    world.start_join(path, answer);
    world.advance(9999ms);
    BOOST_TEST(!answer.has_value());
    world.advance(1ms);
    BOOST_TEST_REQUIRE(answer.has_value());
    BOOST_TEST(!answer->has_value());
    BOOST_TEST((world.runtime.now() - begin == 10s));
    world.settle();
    BOOST_TEST(path.destroyed);
  }
}

BOOST_AUTO_TEST_CASE(a_path_that_is_stuck_is_refused_in_time_and_closed_when_it_comes_back) {
  HeadWorld world({.paths = 0});
  ScriptedPath& path = world.make_path();
  path.hold_checks = true;
  path.abort_does = ScriptedPath::Abort::ignored;
  std::optional<Result<std::shared_ptr<Head>>> answer;
  world.start_join(path, answer);
  world.advance(10s);
  BOOST_TEST_REQUIRE(answer.has_value());
  BOOST_TEST_REQUIRE(!answer->has_value());
  BOOST_TEST(answer->error().number == ETIMEDOUT);
  BOOST_TEST(!path.destroyed);
  path.hold_checks = false;
  path.complete_all_held();
  world.settle();
  BOOST_TEST(path.destroyed);
  BOOST_TEST(world.registry.heads().empty());
}

BOOST_AUTO_TEST_CASE(another_disk_than_the_expected_one_is_refused) {
  HeadWorld world({.paths = 0});
  std::optional<Result<std::shared_ptr<Head>>> answer;
  world.registry.add(
      world.make_path().make_transport(),
      [&answer](Result<std::shared_ptr<Head>> result) { answer = std::move(result); },
      "naa.60000000000000000000000000000002");
  world.settle();
  BOOST_TEST_REQUIRE(answer.has_value());
  BOOST_TEST_REQUIRE(!answer->has_value());
  BOOST_TEST(answer->error().message.find("another disk") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_hint_makes_a_path_be_checked_now) {
  HeadWorld world;
  world.path(0).hold_checks = true;
  world.registry.recheck("p0", false);
  world.settle();
  BOOST_TEST(world.path(0).held() == 1U);
  BOOST_TEST(world.status().paths_usable == 2U);
  world.path(1).hold_checks = true;
  world.registry.recheck("p1", true);
  world.settle();
  // It may be another disk's now.
  BOOST_TEST(world.status().paths_usable == 1U);
  world.path(1).hold_checks = false;
  world.path(1).complete_all_held();
  world.settle();
  BOOST_TEST(world.status().paths_usable == 2U);
  world.registry.recheck("nobody", true);
}

BOOST_AUTO_TEST_CASE(a_name_of_a_path_is_taken_once) {
  HeadWorld world;
  ScriptedPath& twin = world.make_path({.name = "p0", .group = 8});
  const auto joined = world.join(twin);
  BOOST_TEST_REQUIRE(!joined.has_value());
  BOOST_TEST(joined.error().number == EEXIST);
  BOOST_TEST(world.status().paths.size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_alias_is_the_name_and_a_file_can_have_it) {
  HeadWorld world({.alias = "data/1"});
  BOOST_TEST(world.head().name() == "data\\x2f1");
  BOOST_TEST(world.head().wwid() == "naa.60000000000000000000000000000001");
  BOOST_TEST((world.registry.find("data\\x2f1").get() == &world.head()));
  BOOST_TEST((world.registry.find(world.head().wwid()) == nullptr));
}

BOOST_AUTO_TEST_CASE(one_alias_for_two_disks_is_refused) {
  HeadWorld world({.alias = "data"});
  auto other = disk_like(
      world, [](ScriptedIdentity& identity) { identity.naa = "60000000000000000000000000000002"; });
  const auto joined = world.join(world.make_path({}, other));
  BOOST_TEST_REQUIRE(!joined.has_value());
  BOOST_TEST(joined.error().number == EEXIST);
  BOOST_TEST(joined.error().message.find("data") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_block_size_that_cannot_be_served_is_refused) {
  for (const std::uint32_t size : {256U, 520U, 1U << 20U}) {
    HeadWorld world({.identity = {.block_size = size, .blocks = 16}, .paths = 0});
    BOOST_TEST(!world.join(world.make_path()).has_value());
  }
}

BOOST_AUTO_TEST_CASE(settings_come_from_the_profile) {
  HeadSettings settings;
  settings.iopolicy = IoPolicy::queue_depth;
  settings.io_timeout = 3s;
  HeadWorld world({.settings = settings});
  BOOST_TEST((world.head().settings() == settings));
  world.write(0, 512);
  BOOST_TEST((world.path(0).log.back().timeout == 3s));
}

BOOST_AUTO_TEST_CASE(a_large_disk_is_addressed_whole) {
  HeadWorld world({.paths = 0});
  const std::uint64_t blocks = std::uint64_t{1} << 33;
  ScriptedPath& path = world.make_path();
  path.told_blocks = blocks;
  const auto joined = world.join(path);
  BOOST_TEST_REQUIRE(joined.has_value());
  BOOST_TEST((*joined)->geometry().size == blocks * 512U);
}

BOOST_AUTO_TEST_SUITE_END()
