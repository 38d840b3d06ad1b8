// SPDX-License-Identifier: LGPL-2.1-or-later
// What may stand behind -o.
#include "mount_options.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>

namespace {

using namespace scsimpath;
using namespace scsimpath::settings;

MountOptions options_of(std::string_view text) {
  MountOptions options;
  const auto good = parse_mount_options(text, options);
  BOOST_REQUIRE_MESSAGE(good, text << ": " << good.error().message);
  return options;
}

std::string refusal_of(std::string_view text) {
  MountOptions options;
  const auto refused = parse_mount_options(text, options);
  BOOST_REQUIRE_MESSAGE(!refused, text);
  BOOST_TEST(refused.error().number == EINVAL);
  return refused.error().message;
}

BOOST_AUTO_TEST_SUITE(mount_options)

BOOST_AUTO_TEST_CASE(settings_are_collected_in_order) {
  const MountOptions options = options_of("iopolicy=round-robin,ro,mode=0644,iopolicy=numa");
  HeadSettings head;
  MountSettings mount;
  overlay(head, options.settings);
  overlay(mount, options.settings);
  BOOST_TEST((head.iopolicy == IoPolicy::numa));
  BOOST_TEST(mount.read_only);
  BOOST_TEST(mount.mode == 0644u);
  BOOST_TEST(options.libfuse.empty());
}

BOOST_AUTO_TEST_CASE(what_mount_passes_is_taken) {
  const MountOptions options = options_of(
      "rw,dev,suid,nodev,nosuid,noexec,noatime,exec,relatime,_netdev,nofail,x-systemd.automount,"
      "defaults,user,auto,noauto,,x-foo=bar,comment=any");
  BOOST_TEST(options.settings.size() == 1u);  // rw is ro=no
  BOOST_TEST(options.libfuse == (std::vector<std::string>{"noexec", "noatime"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_last_of_ro_and_rw_wins) {
  for (const auto& [text, read_only] :
       {std::pair{"ro,rw", false}, std::pair{"rw,ro", true}, std::pair{"ro", true}}) {
    MountSettings mount;
    overlay(mount, options_of(text).settings);
    BOOST_TEST(mount.read_only == read_only, text);
  }
}

BOOST_AUTO_TEST_CASE(libfuse_gets_its_own) {
  const MountOptions options = options_of("auto_unmount,fsname=a\\,b,context=x");
  BOOST_TEST(
      options.libfuse == (std::vector<std::string>{"auto_unmount", "fsname=a,b", "context=x"}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_comma_in_a_value_is_escaped) {
  MountSettings mount;
  overlay(mount, options_of("config=a\\,b.toml").settings);
  BOOST_TEST(mount.config == "a,b.toml");
}

BOOST_AUTO_TEST_CASE(wrong_options_are_named) {
  BOOST_TEST(refusal_of("iopolicy=Numa") ==
             "option iopolicy=Numa: must be numa|round-robin|queue-depth");
  BOOST_TEST(refusal_of("iopolicy=numa ") ==
             "option iopolicy=numa : must be numa|round-robin|queue-depth");
  BOOST_TEST(refusal_of("noatime,sise=1") == "unknown option sise=1");
  BOOST_TEST(refusal_of("nonempty") == "unknown option nonempty");
  BOOST_TEST(refusal_of("max_read=4096") == "unknown option max_read=4096");
  BOOST_TEST(refusal_of("subtype=x") == "unknown option subtype=x");
  BOOST_TEST(refusal_of("=") == "unknown option =");
  BOOST_TEST(refusal_of("io_timeout") == "option io_timeout needs a value: SECONDS (0.1 to 3600)");
  BOOST_TEST(refusal_of("ro=yes") == "option ro takes no value");
  BOOST_TEST(refusal_of("rw=1") == "unknown option rw=1");
  BOOST_TEST(refusal_of("fsname") == "unknown option fsname");
  BOOST_TEST(refusal_of("config=") == "option config=: must be FILE");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
