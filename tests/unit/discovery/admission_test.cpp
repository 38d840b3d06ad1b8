// SPDX-License-Identifier: LGPL-2.1-or-later
// Which disks become paths, and what is said of the others.
#include "admission.h"

#include <boost/test/unit_test.hpp>

namespace {

using namespace scsimpath::discovery;

ScsiDevice device() {
  return {.name = "3:0:0:1",
          .type = ScsiDevice::disk_type,
          .vendor = "ACME",
          .product = "Array",
          .sg_node = "/dev/sg2",
          .bsg_node = "/dev/bsg/3:0:0:1",
          .block_node = "/dev/sdc"};
}

DiskIdentity identity() {
  return {.wwid = "naa.6001", .vendor = "ACME", .product = "Array", .has_alua = true};
}

Admission all() {
  Admission rules;
  rules.udev = true;
  return rules;
}

std::string before(const Admission& rules, const ScsiDevice& device, const std::string& user = {}) {
  const auto refusal = rules.before(device, {}, user);
  return refusal ? refusal->reason : "";
}

std::string after(const Admission& rules, const DiskIdentity& identity) {
  const auto refusal = rules.after(device(), {}, identity);
  return refusal ? refusal->reason : "";
}

BOOST_AUTO_TEST_SUITE(admission)

BOOST_AUTO_TEST_CASE(a_suitable_disk_is_taken) {
  BOOST_TEST(before(all(), device()) == "");
  BOOST_TEST(after(all(), identity()) == "");
}

BOOST_AUTO_TEST_CASE(what_is_not_named_is_not_taken) {
  Admission rules;
  rules.listed = {"4:0:0:0"};
  BOOST_TEST(before(rules, device()) == "not in the list of this mount");
}

BOOST_AUTO_TEST_CASE(what_is_no_disk_or_in_use_is_not_taken) {
  ScsiDevice tape = device();
  tape.type = 1;
  BOOST_TEST(before(all(), tape) == "is no disk");
  BOOST_TEST(before(all(), device(), "/dev/sdc is mounted on /srv") ==
             "/dev/sdc is mounted on /srv");
  // Not taken from under whoever has just let go of it.
  BOOST_TEST(!all().before(device(), {}, "/dev/sdc is swap")->may_pass);
  Admission listed;
  listed.listed = {"3:0:0:1"};
  BOOST_TEST(before(listed, device(), "/dev/sdc is swap") == "/dev/sdc is swap");
}

BOOST_AUTO_TEST_CASE(nodes_that_may_come_yet_are_waited_for) {
  ScsiDevice young = device();
  young.block_node.clear();
  BOOST_TEST(all().before(young, {}, "").value().may_pass);
  young.bsg_node.clear();
  BOOST_TEST(before(all(), young).find("CONFIG_BLK_DEV_BSG") != std::string::npos);
  BOOST_TEST(all().before(young, {}, "").value().may_pass);
}

BOOST_AUTO_TEST_CASE(the_filter_decides_before_and_after) {
  Admission rules = all();
  rules.filter.exclude = {{.vendor = "ACME"}};
  BOOST_TEST(before(rules, device()) == "excluded by the configuration (vendor=ACME)");
  rules.filter.exclude = {{.wwid = "naa.6*"}};
  BOOST_TEST(before(rules, device()) == "");
  BOOST_TEST(after(rules, identity()) == "excluded by the configuration (wwid=naa.6*)");
}

BOOST_AUTO_TEST_CASE(udev_is_waited_for_where_a_property_counts) {
  Admission rules = all();
  BOOST_TEST(!rules.before(device(), std::nullopt, ""));
  rules.filter.exclude = {{.property = "ID_BUS=usb"}};
  BOOST_TEST(rules.before(device(), std::nullopt, "").value().may_pass);
  BOOST_TEST(!rules.before(device(), Properties{{"ID_BUS", "scsi"}}, ""));
  BOOST_TEST(!rules.before(device(), Properties{{"ID_BUS", "usb"}}, "").value().may_pass);
  rules.listed = {"3:0:0:1"};
  BOOST_TEST(!rules.before(device(), std::nullopt, ""));
}

BOOST_AUTO_TEST_CASE(trap_18_a_weak_id_counts_only_when_somebody_says_so) {
  DiskIdentity weak = identity();
  weak.wwid = "t10.ACME 1";
  weak.weak = true;
  BOOST_TEST(after(all(), weak).find("T10 vendor id") != std::string::npos);
  BOOST_TEST(after(all(), weak).find("wwid = \"t10.ACME 1\"") != std::string::npos);
  Admission always = all();
  always.always = true;
  BOOST_TEST(after(always, weak) == "");
  Admission named = all();
  named.named_wwids = {"t10.ACME 1"};
  BOOST_TEST(after(named, weak) == "");
  Admission listed;
  listed.listed = {"3:0:0:1"};
  BOOST_TEST(after(listed, weak) == "");
}

BOOST_AUTO_TEST_CASE(without_alua_multipath_always_is_needed_and_told) {
  DiskIdentity plain = identity();
  plain.has_alua = false;
  const auto refusal = all().after(device(), {}, plain);
  BOOST_TEST_REQUIRE(refusal.has_value());
  BOOST_TEST(refusal->lacks_alua);
  BOOST_TEST(refusal->reason.find("multipath=always") != std::string::npos);
  Admission always = all();
  always.always = true;
  BOOST_TEST(after(always, plain) == "");
  Admission listed;
  listed.listed = {"3:0:0:1"};
  BOOST_TEST(after(listed, plain) == "");
}

BOOST_AUTO_TEST_CASE(without_a_unique_id_nothing_helps) {
  DiskIdentity nobody = identity();
  nobody.wwid.clear();
  Admission rules = all();
  rules.always = true;
  rules.listed = {"3:0:0:1"};
  BOOST_TEST(after(rules, nobody) == "it has no unique id (VPD page 83h)");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
