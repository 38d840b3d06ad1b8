// SPDX-License-Identifier: LGPL-2.1-or-later
// Every CDB byte by byte, as the standards lay them out.
#include "cdb.h"

#include <boost/test/unit_test.hpp>

#include "hex.h"

using namespace scsimpath;

namespace {

void expect(const Cdb& cdb, std::string_view wanted) {
  const auto bytes = hex(wanted);
  BOOST_TEST(std::size_t{cdb.length} == bytes.size());
  BOOST_TEST(std::vector<std::uint8_t>(cdb.bytes.begin(), cdb.bytes.begin() + cdb.length) == bytes,
             boost::test_tools::per_element());
  for (std::size_t i = cdb.length; i < cdb.bytes.size(); ++i) BOOST_TEST(int(cdb.bytes[i]) == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cdbs)

BOOST_AUTO_TEST_CASE(questions) {
  expect(scsi::test_unit_ready(), "00 00 00 00 00 00");
  expect(scsi::request_sense(252), "03 00 00 00 fc 00");
  expect(scsi::inquiry(0x0160), "12 00 00 01 60 00");
  expect(scsi::inquiry_vpd(0x83, 0x1234), "12 01 83 12 34 00");
  expect(scsi::read_capacity_10(), "25 00 00 00 00 00 00 00 00 00");
  expect(scsi::read_capacity_16(32), "9e 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00");
  expect(scsi::report_luns(0x01020304), "a0 00 00 00 00 00 01 02 03 04 00 00");
  expect(scsi::report_target_port_groups(0x1000, false), "a3 0a 00 00 00 00 00 00 10 00 00 00");
  expect(scsi::report_target_port_groups(0x1000, true), "a3 2a 00 00 00 00 00 00 10 00 00 00");
  expect(scsi::mode_sense_10(0x3f, 0x0102), "5a 08 3f 00 00 00 00 01 02 00");
}

BOOST_AUTO_TEST_CASE(a_port_group_is_asked_for_by_a_list_of_one) {
  expect(scsi::set_target_port_groups(), "a4 0a 00 00 00 00 00 00 00 08 00 00");
  std::vector<std::uint8_t> list(scsi::group_list_size, 0xff);
  scsi::put_group_list(list, 0x1234, AccessState::optimized);
  BOOST_TEST(list == hex("00 00 00 00 00 00 12 34"), boost::test_tools::per_element());
  scsi::put_group_list(list, 1, AccessState::standby);
  BOOST_TEST(list == hex("00 00 00 00 02 00 00 01"), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(ten_bytes_where_they_suffice) {
  expect(scsi::read(0x01020304, 0x0506), "28 00 01 02 03 04 00 05 06 00");
  expect(scsi::read(0xffffffff, 0xffff), "28 00 ff ff ff ff 00 ff ff 00");
  expect(scsi::write(0x01020304, 0x0506, false), "2a 00 01 02 03 04 00 05 06 00");
  expect(scsi::write(0x01020304, 0x0506, true), "2a 08 01 02 03 04 00 05 06 00");
}

BOOST_AUTO_TEST_CASE(sixteen_bytes_beyond) {
  expect(scsi::read(0x100000000, 1), "88 00 00 00 00 01 00 00 00 00 00 00 00 01 00 00");
  expect(scsi::read(0, 0x10000), "88 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00");
  expect(scsi::write(0x0102030405060708, 0x090a0b0c, true),
         "8a 08 01 02 03 04 05 06 07 08 09 0a 0b 0c 00 00");
  expect(scsi::write(0x100000000, 1, false), "8a 00 00 00 00 01 00 00 00 00 00 00 00 01 00 00");
}

BOOST_AUTO_TEST_CASE(a_flush_is_of_the_whole_disk_and_waits) {
  expect(scsi::synchronize_cache(), "35 00 00 00 00 00 00 00 00 00");
}

BOOST_AUTO_TEST_SUITE_END()
