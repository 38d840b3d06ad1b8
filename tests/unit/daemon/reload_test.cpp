// SPDX-License-Identifier: LGPL-2.1-or-later
// The configuration read again, and what it says of each head.
#include "reload.h"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <thread>

#include "head_world.h"
#include "temporary_folder.h"
#include "thread.h"

namespace {

using namespace scsimpath;
using namespace scsimpath::daemon;
using namespace std::chrono_literals;

settings::Configuration configuration_of(std::string_view text) {
  auto contents = settings::parse_configuration(text, "x.toml", "/");
  BOOST_REQUIRE_MESSAGE(contents, contents.error().message);
  settings::Configuration configuration;
  configuration.file = "/x.toml";
  configuration.contents = *std::move(contents);
  return configuration;
}

constexpr const char* two_disks =
    "io_timeout=3\n"
    "[[emulated]]\nimage='a'\nalias='first'\nio_timeout=4\n"
    "[[emulated]]\nimage='b'\n"
    "[[head]]\nwwid='wb'\nalias='second'\niopolicy='round-robin'\n";

BOOST_AUTO_TEST_SUITE(reloading)

BOOST_AUTO_TEST_CASE(a_head_is_found_by_its_disk_or_its_wwid) {
  const Profiles profiles(configuration_of(two_disks), {"wa", "wb"});
  BOOST_TEST(profiles.find("wa").alias == "first");
  BOOST_TEST((profiles.find("wa").settings.io_timeout == 4s));
  BOOST_TEST(profiles.find("wb").alias == "second");
  BOOST_TEST((profiles.find("wb").settings.io_timeout == 3s));
  BOOST_TEST((profiles.find("wb").settings.iopolicy == IoPolicy::round_robin));
  BOOST_TEST(profiles.find("other").alias.empty());
  BOOST_TEST((profiles.find("other").settings.io_timeout == 3s));
}

BOOST_AUTO_TEST_CASE(disks_in_another_order_keep_their_heads) {
  Profiles profiles(configuration_of(two_disks), {"wa", "wb"});
  const auto next = configuration_of(
      "[[emulated]]\nimage='b'\nio_timeout=6\n[[emulated]]\nimage='a'\nio_timeout=7\n");
  BOOST_TEST((profiles.preview(next, "wa").settings.io_timeout == 7s));
  BOOST_TEST((profiles.preview(next, "wb").settings.io_timeout == 6s));
  profiles.replace(next);
  BOOST_TEST((profiles.find("wa").settings.io_timeout == 7s));
}

BOOST_AUTO_TEST_CASE(a_change_in_the_file_is_followed) {
  HeadSettings before;
  HeadSettings after = before;
  after.io_timeout = 3s;
  after.iopolicy = IoPolicy::round_robin;
  BOOST_TEST((follow(before, before, after) == after));
}

BOOST_AUTO_TEST_CASE(what_an_xattr_has_set_stays) {
  HeadSettings before;
  HeadSettings after = before;
  after.io_timeout = 3s;
  after.exclusive = true;
  HeadSettings current = before;
  current.io_timeout = 7s;
  current.iopolicy = IoPolicy::queue_depth;
  const HeadSettings result = follow(current, before, after);
  BOOST_TEST((result.io_timeout == 7s));
  BOOST_TEST((result.iopolicy == IoPolicy::queue_depth));
  BOOST_TEST(result.exclusive);
}

BOOST_AUTO_TEST_CASE(what_needs_a_new_mount_is_said) {
  const auto before = configuration_of(two_disks);
  BOOST_TEST(needs_new_mount(before, before).empty());
  const auto after = configuration_of(
      "mode=0o644\nio_timeout=9\n[[emulated]]\nimage='a'\npaths=3\n[[emulated]]\nimage='c'\n");
  const std::vector<std::string> expected{"mode has changed", "image /a has other keys",
                                          "image /b has gone", "image /c is new"};
  BOOST_TEST(needs_new_mount(before, after) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_set_meanwhile_by_hand_and_what_the_file_says_are_both_kept) {
  const test::TemporaryFolder folder;
  settings::Configuration configuration = configuration_of(two_disks);
  configuration.file = (folder.path() / "x.toml").string();
  Profiles profiles(configuration, {"wa", "wb"});
  test::HeadWorld world({.settings = profiles.find("other").settings});
  std::ofstream(configuration.file) << "io_timeout=5\n[[emulated]]\nimage='a'\n";
  Mutex settings_mutex;

  MutexLock lock(settings_mutex);
  HeadSettings by_hand = world.head().settings();
  by_hand.no_path_timeout = 0s;
  Thread reloader("reloader", [&] { reload(profiles, world.registry, settings_mutex, {}); });
  // Heads that appear while others are walked are made as the new file says.
  while (profiles.find("other").settings.io_timeout != 5s) std::this_thread::yield();
  world.head().apply(by_hand);
  lock.unlock();
  reloader.join();
  BOOST_TEST((world.head().settings().no_path_timeout == 0s));
  BOOST_TEST((world.head().settings().io_timeout == 5s));
}

BOOST_AUTO_TEST_CASE(trap_20_what_the_kernel_allowed_when_it_was_mounted_holds) {
  const test::TemporaryFolder folder;
  settings::Configuration configuration = configuration_of("no_path_timeout=1\nghost_timeout=1\n");
  configuration.file = (folder.path() / "x.toml").string();
  Profiles profiles(configuration, {});
  test::HeadWorld world({.settings = profiles.find("other").settings});
  std::ofstream(configuration.file) << "no_path_timeout=30\nghost_timeout=1\n";
  Mutex settings_mutex;

  // A limit that this kernel hardly has by now.
  reload(profiles, world.registry, settings_mutex, {.by_default = 29, .at_most = 0});
  BOOST_TEST((world.head().settings().no_path_timeout == 1s));
  reload(profiles, world.registry, settings_mutex, {.by_default = 31, .at_most = 0});
  BOOST_TEST((world.head().settings().no_path_timeout == 30s));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
