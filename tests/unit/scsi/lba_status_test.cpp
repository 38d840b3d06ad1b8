// SPDX-License-Identifier: LGPL-2.1-or-later
// What a thin disk tells of its space, and the commands that zero blocks and give them back.
#include "lba_status.h"

#include <boost/test/unit_test.hpp>

#include "cdb.h"
#include "hex.h"
#include "provisioning_log.h"

using namespace scsimpath;
using scsi::LbaStatusReader;

BOOST_AUTO_TEST_SUITE(lba_status)

BOOST_AUTO_TEST_CASE(extents_one_after_the_other) {
  const auto bytes =
      hex("00 00 00 34 00 00 00 00 "
          "00 00 00 00 00 00 00 10  00 00 00 08  00 00 00 00 "
          "00 00 00 00 00 00 00 18  00 00 00 02  01 00 00 00 "
          "00 00 00 01 00 00 00 00  00 00 00 01  02 00 00 00");
  LbaStatusReader reader(bytes);
  auto extent = reader.next();
  BOOST_REQUIRE(extent.has_value());
  BOOST_TEST(extent->lba == 0x10U);
  BOOST_TEST(extent->blocks == 8U);
  BOOST_TEST(extent->mapped);
  extent = reader.next();
  BOOST_REQUIRE(extent.has_value());
  BOOST_TEST(!extent->mapped);
  BOOST_TEST(extent->end() == 0x1aU);
  extent = reader.next();
  BOOST_REQUIRE(extent.has_value());
  BOOST_TEST(extent->lba == 0x100000000U);
  BOOST_TEST(!extent->mapped);  // anchored
  BOOST_TEST(!reader.next().has_value());
}

BOOST_AUTO_TEST_CASE(what_is_damaged_ends_it) {
  const auto none = [](const char* text) {
    const auto bytes = hex(text);
    return !LbaStatusReader(bytes).next().has_value();
  };
  BOOST_TEST(none(""));
  BOOST_TEST(none("00 00 00 04 00 00 00 00"));
  // Of no blocks; beyond the largest address; cut; not within the length that is told.
  BOOST_TEST(none("00 00 00 14 00 00 00 00 00 00 00 00 00 00 00 10 00 00 00 00 01 00 00 00"));
  BOOST_TEST(none("00 00 00 14 00 00 00 00 ff ff ff ff ff ff ff ff 00 00 00 02 01 00 00 00"));
  BOOST_TEST(none("00 00 00 14 00 00 00 00 00 00 00 00 00 00 00 10 00 00 00 08 01 00 00"));
  BOOST_TEST(none("00 00 00 04 00 00 00 00 00 00 00 00 00 00 00 10 00 00 00 08 01 00 00 00"));
  // A status that is not known means that there may be data.
  const auto strange =
      hex("ff ff ff ff 00 00 00 00 00 00 00 00 00 00 00 10 00 00 00 08 07 00 00 00");
  BOOST_TEST(LbaStatusReader(strange).next().value().mapped);
}

BOOST_AUTO_TEST_CASE(commands) {
  const auto bytes = [](const Cdb& cdb) {
    return std::vector<std::uint8_t>(cdb.bytes.begin(), cdb.bytes.begin() + cdb.length);
  };
  BOOST_TEST(bytes(scsi::write_same(0x123456789a, 0x20, true)) ==
                 hex("93 08 00 00 00 12 34 56 78 9a 00 00 00 20 00 00"),
             boost::test_tools::per_element());
  BOOST_TEST(bytes(scsi::write_same(1, 2, false)) ==
                 hex("93 00 00 00 00 00 00 00 00 01 00 00 00 02 00 00"),
             boost::test_tools::per_element());
  BOOST_TEST(bytes(scsi::get_lba_status(5, 4096)) ==
                 hex("9e 12 00 00 00 00 00 00 00 05 00 00 10 00 00 00"),
             boost::test_tools::per_element());
  BOOST_TEST(bytes(scsi::unmap()) == hex("42 00 00 00 00 00 00 00 18 00"),
             boost::test_tools::per_element());
  std::vector<std::uint8_t> list(scsi::unmap_list_size, 0xee);
  scsi::put_unmap_list(list, 0x123456789a, 0x20);
  BOOST_TEST(list == hex("00 16 00 10 00 00 00 00 00 00 00 12 34 56 78 9a 00 00 00 20 00 00 00 00"),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(used_resources) {
  const auto used = [](const char* text) { return scsi::parse_used_resources(hex(text)); };
  BOOST_TEST(used("0c 00 00 18 00 01 03 08 00 00 00 05 01 00 00 00 "
                  "00 02 03 08 00 01 00 00 01 00 00 00")
                 .value() == 0x10000U);
  // Another page, none of the kind, cut, longer than sent.
  BOOST_TEST(!used("0d 00 00 0c 00 02 03 08 00 01 00 00 01 00 00 00").has_value());
  BOOST_TEST(!used("0c 00 00 0c 00 01 03 08 00 01 00 00 01 00 00 00").has_value());
  BOOST_TEST(!used("0c 00 00 04 00 02 03 08 00 01 00 00 01 00 00 00").has_value());
  BOOST_TEST(!used("0c 00 00 08 00 02 03 ff 00 01 00 00").has_value());
  BOOST_TEST(used("cc 00 ff ff 00 02 03 04 00 00 00 07").value() == 7U);
}

BOOST_AUTO_TEST_SUITE_END()
