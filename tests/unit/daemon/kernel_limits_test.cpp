// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel's own limit on FUSE requests.
#include "kernel_limits.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "plan.h"

namespace {

using namespace scsimpath;
using namespace scsimpath::daemon;
using namespace std::chrono_literals;

HeadSettings waits(Duration no_path, Duration ghost) {
  HeadSettings settings;
  settings.no_path_timeout = no_path;
  settings.ghost_timeout = ghost;
  return settings;
}

BOOST_AUTO_TEST_SUITE(kernel_limits)

BOOST_AUTO_TEST_CASE(trap_20_a_wait_longer_than_the_kernels_is_refused) {
  const HeadSettings settings = waits(30s, 20s);
  BOOST_TEST(check_kernel_limits(settings, {0, 0}).has_value());
  BOOST_TEST(check_kernel_limits(settings, {31, 0}).has_value());
  BOOST_TEST(check_kernel_limits(settings, {0, 31}).has_value());

  const auto refused = check_kernel_limits(settings, {0, 25});
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().number == EINVAL);
  BOOST_TEST(refused.error().message ==
             "no_path_timeout=30: the kernel ends the mount when a request takes 25 s: set "
             "no_path_timeout to less, or write 0 to /proc/sys/fs/fuse/max_request_timeout and "
             "mount again");
  // At the very limit it is a race.
  BOOST_TEST(!check_kernel_limits(settings, {30, 0}).has_value());
}

BOOST_AUTO_TEST_CASE(trap_20_queue_waits_for_ever) {
  BOOST_TEST(!check_kernel_limits(waits(HeadSettings::forever, 1s), {0, 31536000}).has_value());
  const auto refused = check_kernel_limits(waits(1s, HeadSettings::forever), {60, 0});
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message.starts_with("ghost_timeout=queue: "));
  BOOST_TEST(
      check_kernel_limits(waits(HeadSettings::forever, HeadSettings::forever), {0, 0}).has_value());
}

BOOST_AUTO_TEST_CASE(trap_20_the_lesser_limit_holds_and_is_the_one_named) {
  const auto names = [](RequestTimeouts limits, std::string_view file) {
    const auto refused = check_kernel_limits(waits(50s, 1s), limits);
    return !refused && refused.error().message.contains(file);
  };
  BOOST_TEST(names({40, 100}, "/proc/sys/fs/fuse/default_request_timeout"));
  BOOST_TEST(names({100, 40}, "/proc/sys/fs/fuse/max_request_timeout"));
  BOOST_TEST(check_kernel_limits(waits(50s, 1s), {60, 100}).has_value());
}

BOOST_AUTO_TEST_CASE(trap_20_every_head_that_is_named_is_looked_at) {
  auto contents = settings::parse_configuration(
      "no_path_timeout=1\nghost_timeout=1\n[[emulated]]\nimage='d'\n[[head]]\nwwid='w'\n"
      "ghost_timeout=90\n",
      "x.toml", "/");
  BOOST_REQUIRE(contents);
  settings::Configuration configuration;
  configuration.contents = *std::move(contents);
  BOOST_TEST(daemon::check_kernel_limits(configuration, {0, 100}).has_value());
  BOOST_TEST(!daemon::check_kernel_limits(configuration, {0, 60}).has_value());

  configuration.contents.disks[0].head = std::move(configuration.contents.heads[0]);
  configuration.contents.heads.clear();
  BOOST_TEST(!daemon::check_kernel_limits(configuration, {0, 60}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
