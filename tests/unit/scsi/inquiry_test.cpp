// SPDX-License-Identifier: LGPL-2.1-or-later
// Standard INQUIRY data, VPD pages 00h and 80h, and the mode parameter header.
#include "inquiry.h"

#include <boost/test/unit_test.hpp>

#include "hex.h"
#include "mode.h"

using namespace scsimpath;

namespace {

const auto disk = hex("00 80 06 02 1f 31 00 02 \"QEMU    QEMU HARDDISK   2.5+\"");

}  // namespace

BOOST_AUTO_TEST_SUITE(inquiry_data)

BOOST_AUTO_TEST_CASE(fields) {
  const auto inquiry = scsi::parse_inquiry(disk);
  BOOST_REQUIRE(inquiry.has_value());
  BOOST_TEST(int(inquiry->qualifier) == 0);
  BOOST_TEST(int(inquiry->type) == 0);
  BOOST_TEST(int(inquiry->version) == 6);
  BOOST_TEST(inquiry->removable);
  BOOST_TEST(inquiry->protect);
  BOOST_CHECK(inquiry->tpgs == scsi::Tpgs::both);
  BOOST_TEST(inquiry->vendor == "QEMU");
  BOOST_TEST(inquiry->product == "QEMU HARDDISK");
  BOOST_TEST(inquiry->revision == "2.5+");
  BOOST_TEST(inquiry->is_connected_disk());
}

BOOST_AUTO_TEST_CASE(what_is_no_disk) {
  for (const std::uint8_t first : {0x7f, 0x20, 0x05, 0x0d}) {
    auto bytes = disk;
    bytes[0] = first;
    BOOST_TEST(!scsi::parse_inquiry(bytes)->is_connected_disk());
  }
}

BOOST_AUTO_TEST_CASE(every_tpgs) {
  for (unsigned tpgs = 0; tpgs < 4; ++tpgs) {
    auto bytes = disk;
    bytes[5] = static_cast<std::uint8_t>(0x0f | tpgs << 4);
    BOOST_TEST(unsigned(scsi::parse_inquiry(bytes)->tpgs) == tpgs);
  }
}

BOOST_AUTO_TEST_CASE(cut_data_is_an_error) {
  for (std::size_t length = 0; length < 36; ++length) {
    BOOST_TEST(!scsi::parse_inquiry(ConstBytes(disk).first(length)).has_value());
  }
  auto lying = disk;
  lying[4] = 0x1e;  // one byte fewer than the fields take
  BOOST_TEST(!scsi::parse_inquiry(lying).has_value());
}

BOOST_AUTO_TEST_CASE(texts_are_printable) {
  auto bytes = disk;
  bytes[8] = 0x1b;
  bytes[9] = 0xff;
  bytes[20] = 0;
  const auto inquiry = scsi::parse_inquiry(bytes);
  BOOST_TEST(inquiry->vendor == "\?\?MU");
  BOOST_TEST(inquiry->product == "QEMU?HARDDISK");
}

BOOST_AUTO_TEST_CASE(supported_pages) {
  const auto pages = scsi::parse_supported_pages(hex("00 00 00 04 00 80 83 b0 ff ff"));
  BOOST_REQUIRE(pages.has_value());
  const std::vector<std::uint8_t> wanted{0x00, 0x80, 0x83, 0xb0};
  BOOST_TEST(*pages == wanted, boost::test_tools::per_element());
  BOOST_TEST(!scsi::parse_supported_pages(hex("00 00 00 04 00 80 83")).has_value());
  BOOST_TEST(!scsi::parse_supported_pages(hex("00 80 00 01 00")).has_value());
}

BOOST_AUTO_TEST_CASE(serials_are_whole_or_refused) {
  BOOST_TEST(*scsi::unit_serial(hex("00 80 00 08 \"  SN 01 \"")) == "SN 01");
  BOOST_TEST(*scsi::unit_serial(hex("00 80 00 00")) == "");
  BOOST_TEST(!scsi::unit_serial(hex("00 80 00 09 \"  SN 01 \"")).has_value());
  BOOST_TEST(!scsi::unit_serial(hex("00 83 00 01 41")).has_value());

  std::string serial(300, 'x');
  auto bytes = hex("00 80 01 2c");
  bytes.insert(bytes.end(), serial.begin(), serial.end());
  BOOST_TEST(*scsi::unit_serial(bytes) == serial);
}

BOOST_AUTO_TEST_CASE(the_length_to_ask_for) {
  BOOST_TEST(scsi::vpd_length(hex("00 83 01 00")) == 260U);
  BOOST_TEST(scsi::vpd_length(hex("00 83 01")) == 0U);
}

BOOST_AUTO_TEST_CASE(write_protection) {
  const auto parse = [](std::string_view text) { return scsi::parse_mode_sense_10(hex(text)); };
  BOOST_TEST(parse("00 06 00 80 00 00 00 00")->write_protected);
  BOOST_TEST(!parse("00 06 00 80 00 00 00 00")->dpofua);
  BOOST_TEST(!parse("00 1a 00 10 00 00 00 00")->write_protected);
  BOOST_TEST(parse("00 1a 00 10 00 00 00 00")->dpofua);
  BOOST_TEST(!parse("00 06 00 80 00 00 00").has_value());
  BOOST_TEST(!parse("00 02 00 80 00 00 00 00").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
