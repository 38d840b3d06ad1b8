// SPDX-License-Identifier: LGPL-2.1-or-later
// Names and values of xattrs.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "head_xattrs.h"

using namespace scsimpath;
using namespace scsimpath::fuse;

namespace {

HeadStatus two_paths() {
  HeadStatus head;
  head.wwid = "naa.6000";
  head.settings.iopolicy = IoPolicy::round_robin;
  head.counters.reads = 7;
  PathStatus& emulated = head.paths.emplace_back();
  emulated.name = "emu0";
  emulated.device = "emulated:0";
  emulated.state = PathState::running;
  emulated.access_state = AccessState::non_optimized;
  emulated.has_faults = true;
  emulated.numa_nodes = {0, 1};
  emulated.in_flight = 2;
  emulated.errors = 3;
  PathStatus& kernel = head.paths.emplace_back();
  kernel.name = "3:0:0:1";
  kernel.device = "/dev/sg1";
  return head;
}

std::string value(const char* name) {
  const auto xattr = parse_xattr_name(name);
  BOOST_TEST_REQUIRE(xattr.has_value());
  const auto text = xattr_value(two_paths(), *xattr);
  BOOST_TEST_REQUIRE(text.has_value());
  return *text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xattrs)

BOOST_AUTO_TEST_CASE(values_are_those_of_the_contract) {
  BOOST_TEST(value("user.scsimpath.iopolicy") == "round-robin");
  BOOST_TEST(value("user.scsimpath.wwid") == "naa.6000");
  BOOST_TEST(value("user.scsimpath.paths") ==
             "emu0 emulated:0 running active/non-optimized 2 3\n"
             "3:0:0:1 /dev/sg1 unknown unknown 0 0\n");
  BOOST_TEST(value("user.scsimpath.stats").starts_with("reads 7\nwrites 0\n"));
  BOOST_TEST(value("user.scsimpath.path.emu0.state") == "running");
  BOOST_TEST(value("user.scsimpath.path.emu0.access_state") == "active/non-optimized");
  BOOST_TEST(value("user.scsimpath.path.emu0.numa_nodes") == "0 1");
  BOOST_TEST(value("user.scsimpath.path.3:0:0:1.numa_nodes").empty());
  BOOST_TEST(value("user.scsimpath.path.3:0:0:1.queue_depth") == "0");
}

BOOST_AUTO_TEST_CASE(what_is_no_xattr_of_ours_has_no_meaning) {
  for (const char* name :
       {"", "user.", "user.scsimpath.", "user.scsimpath.nothing", "user.scsimpath.iopolicy ",
        "user.scsimpath.Iopolicy", "user.scsimpath.page_cache", "user.scsimpath.path.",
        "user.scsimpath.path.emu0", "user.scsimpath.path.emu0.", "user.scsimpath.path..state",
        "user.scsimpath.path.emu0.nothing", "user.other", "security.capability",
        "system.posix_acl_access", "trusted.scsimpath.wwid"}) {
    BOOST_TEST(!parse_xattr_name(name).has_value(), name);
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_path_has_no_value) {
  const auto xattr = parse_xattr_name("user.scsimpath.path.emu7.state");
  BOOST_TEST_REQUIRE(xattr.has_value());
  const auto text = xattr_value(two_paths(), *xattr);
  BOOST_TEST_REQUIRE(!text.has_value());
  BOOST_TEST(text.error().number == ENODATA);
}

BOOST_AUTO_TEST_CASE(all_are_listed_and_each_listed_one_can_be_parsed) {
  const auto names = xattr_names(two_paths());
  const auto listed = [&](std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const std::string& name : names) BOOST_TEST(parse_xattr_name(name).has_value(), name);
  for (const char* name :
       {"iopolicy", "no_path_timeout", "io_timeout", "checker_interval", "exclusive",
        "ghost_timeout", "wwid", "paths", "stats", "path.emu0.state", "path.emu0.access_state",
        "path.emu0.numa_nodes", "path.emu0.queue_depth", "path.emu0.fault", "path.3:0:0:1.state"}) {
    BOOST_TEST(listed("user.scsimpath." + std::string(name)), name);
  }
  BOOST_TEST(!listed("user.scsimpath.path.3:0:0:1.fault"));
}

BOOST_AUTO_TEST_SUITE_END()
