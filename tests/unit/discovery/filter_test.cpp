// SPDX-License-Identifier: LGPL-2.1-or-later
// What the configuration's patterns match.
#include "filter.h"

#include <boost/test/unit_test.hpp>

namespace {

using namespace scsimpath::discovery;

DiskFacts disk() {
  return {.wwid = "naa.6001",
          .vendor = "ACME",
          .product = "Array 5",
          .devices = {"3:0:0:1", "/dev/sdc", "/dev/sg2"},
          .properties = {{"ID_BUS", "scsi"}, {"ID_PATH", "pci-0000:00:05.0"}}};
}

bool matches(const DiskPattern& pattern) {
  return DiskFilter{.exclude = {pattern}}.refused(disk()).has_value();
}

BOOST_AUTO_TEST_SUITE(filter)

BOOST_AUTO_TEST_CASE(nothing_said_lets_all_in) {
  BOOST_TEST(!DiskFilter{}.refused(disk()).has_value());
  BOOST_TEST(!DiskFilter{}.refused_before(disk()).has_value());
}

BOOST_AUTO_TEST_CASE(each_key_is_a_shell_pattern) {
  BOOST_TEST(matches({.wwid = "naa.6*"}));
  BOOST_TEST(!matches({.wwid = "naa.5*"}));
  BOOST_TEST(!matches({.wwid = "naa.60"}));  // whole, not a part
  BOOST_TEST(matches({.vendor = "ACM?"}));
  BOOST_TEST(!matches({.vendor = "acme"}));
  BOOST_TEST(matches({.product = "Array [0-9]"}));
  for (const char* device : {"/dev/sdc", "/dev/sg*", "3:*"})
    BOOST_TEST(matches({.device = device}));
  BOOST_TEST(!matches({.device = "/dev/sdd"}));
  BOOST_TEST(matches({.property = "ID_PATH=pci-*"}));
  BOOST_TEST(!matches({.property = "ID_BUS=ata"}));
  BOOST_TEST(!matches({.property = "ID_NONE=*"}));
}

BOOST_AUTO_TEST_CASE(all_keys_of_a_pattern_must_match) {
  BOOST_TEST(matches({.wwid = "naa.6001", .vendor = "ACME", .product = "Array*"}));
  BOOST_TEST(!matches({.wwid = "naa.6001", .vendor = "OTHER"}));
}

BOOST_AUTO_TEST_CASE(excluded_goes_before_included_and_is_named) {
  const DiskFilter filter{.include = {{.vendor = "ACME"}}, .exclude = {{.device = "/dev/sdc"}}};
  BOOST_TEST(filter.refused(disk()).value() == "excluded by the configuration (device=/dev/sdc)");
  BOOST_TEST((DiskFilter{.include = {{.vendor = "OTHER"}}}.refused(disk()).value() ==
              "not included by the configuration"));
  BOOST_TEST(!(DiskFilter{.include = {{.vendor = "OTHER"}, {.vendor = "ACME"}}}
                   .refused(disk())
                   .has_value()));
}

BOOST_AUTO_TEST_CASE(a_wwid_that_is_not_known_decides_nothing) {
  DiskFacts facts = disk();
  facts.wwid.clear();
  const DiskFilter excluding{.exclude = {{.wwid = "*", .vendor = "ACME"}}};
  BOOST_TEST(!excluding.refused_before(facts).has_value());
  BOOST_TEST(excluding.refused(disk()).has_value());
  const DiskFilter including{.include = {{.wwid = "naa.5*", .vendor = "ACME"}}};
  BOOST_TEST(!including.refused_before(facts).has_value());
  BOOST_TEST(including.refused(disk()).has_value());
  // What can't become true any more is known at once.
  const DiskFilter other{.include = {{.wwid = "naa.6*", .vendor = "OTHER"}}};
  BOOST_TEST(other.refused_before(facts).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
