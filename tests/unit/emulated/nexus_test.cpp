// SPDX-License-Identifier: LGPL-2.1-or-later
// Unit attentions of each nexus and access states of each port group.
#include <boost/test/unit_test.hpp>

#include "test_disk.h"

using namespace scsimpath;
using test::TestDisk;

BOOST_AUTO_TEST_SUITE(nexus)

namespace {

constexpr auto in = Direction::from_device;

}  // namespace

BOOST_AUTO_TEST_CASE(each_begins_with_a_power_on_attention) {
  TestDisk disk;
  for (unsigned port = 0; port < 2; ++port) {
    // Neither refused by it nor taking it.
    BOOST_TEST(disk.ask(port, scsi::inquiry(96)).size() == 96U);
    BOOST_TEST(disk.ask(port, scsi::report_luns(64)).size() == 16U);
    BOOST_TEST(disk.refusal(port, scsi::read(0, 1), in, 512) == "6/29/00");
    BOOST_TEST(disk.ready(port).status == 0);
  }
}

BOOST_AUTO_TEST_CASE(request_sense_takes_it_without_an_error) {
  TestDisk disk;
  const auto fixed = disk.ask(0, scsi::request_sense(255));
  BOOST_TEST((scsi::decode_sense(fixed) == scsi::Sense{.valid = true, .key = 6, .asc = 0x29}));
  BOOST_TEST(disk.ready(0).status == 0);
  Cdb cdb = scsi::request_sense(255);
  cdb.bytes[1] = 1;
  const auto descriptor = disk.ask(1, cdb);
  BOOST_TEST(descriptor[0] == 0x72);
  BOOST_TEST((scsi::decode_sense(descriptor) == scsi::Sense{.valid = true, .key = 6, .asc = 0x29}));
  const auto nothing = scsi::decode_sense(disk.ask(1, cdb));
  BOOST_TEST((nothing == scsi::Sense{.valid = true}));
}

BOOST_AUTO_TEST_CASE(a_new_access_state_is_told_on_every_path_once) {
  TestDisk disk({.paths = 3});
  disk.settle();
  disk.set_fault(1, "alua=active/non-optimized");
  for (unsigned port = 0; port < 3; ++port) {
    BOOST_TEST(disk.refusal(port, scsi::test_unit_ready()) == "6/2a/06");
    BOOST_TEST(disk.ready(port).status == 0);
  }
}

BOOST_AUTO_TEST_CASE(attentions_come_in_order) {
  TestDisk disk;
  disk.set_fault(0, "alua=standby");
  disk.set_fault(0, "alua=active/optimized");
  BOOST_TEST(disk.refusal(0, scsi::test_unit_ready()) == "6/29/00");
  BOOST_TEST(disk.refusal(0, scsi::test_unit_ready()) == "6/2a/06");
  BOOST_TEST(disk.ready(0).status == 0);
}

BOOST_AUTO_TEST_CASE(access_states_refuse_what_they_must) {
  struct Row {
    const char* state;
    const char* refusal;  // null: takes I/O
    bool tells_capacity;
  };
  TestDisk disk;
  auto data = test::filled(512, 1);
  for (const Row& row : {Row{"non-optimized", nullptr, true}, Row{"lba-dependent", nullptr, true},
                         Row{"standby", "2/04/0b", true}, Row{"unavailable", "2/04/0c", false},
                         Row{"offline", "2/04/12", false}, Row{"transitioning", "2/04/0a", false},
                         Row{"active/optimized", nullptr, true}}) {
    BOOST_TEST_CONTEXT(row.state) {
      disk.set_fault(0, std::string("alua=") + row.state);
      disk.settle().settle();
      for (const Cdb& cdb : {scsi::test_unit_ready(), scsi::synchronize_cache()}) {
        if (row.refusal != nullptr) {
          BOOST_TEST(disk.refusal(0, cdb) == row.refusal);
        } else {
          BOOST_TEST(disk.run(0, cdb).status == 0);
        }
      }
      const auto written = disk.write(0, 0, 1, data);
      BOOST_TEST((written.status == 0) == (row.refusal == nullptr));
      BOOST_TEST((disk.read(0, 0, 1, data).status == 0) == (row.refusal == nullptr));
      BOOST_TEST((disk.run(0, scsi::read_capacity_16(32), in, data).status == 0) ==
                 row.tells_capacity);
      // Who the unit is and how its ports stand is told in every state.
      BOOST_TEST(disk.ask(0, scsi::inquiry_vpd(0x83, 255)).size() > 4U);
      BOOST_TEST(disk.ask(0, scsi::report_target_port_groups(255, true)).size() == 32U);
      BOOST_TEST(disk.ask(0, scsi::report_luns(64)).size() == 16U);
      // The other port does not care.
      BOOST_TEST(disk.write(1, 0, 1, data).status == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_command_that_was_refused_did_nothing) {
  TestDisk disk;
  auto data = test::filled(512, 1);
  BOOST_TEST(disk.write(0, 0, 1, data).status == 2);  // the power-on attention
  disk.settle();
  disk.set_fault(0, "alua=standby");
  disk.settle();
  BOOST_TEST(disk.write(0, 0, 1, data).status == 2);
  auto got = test::filled(512, 9);
  BOOST_TEST(disk.read(1, 0, 1, got).status == 0);
  BOOST_TEST(got == test::filled(512, 0), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
