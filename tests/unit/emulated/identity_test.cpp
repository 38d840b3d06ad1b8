// SPDX-License-Identifier: LGPL-2.1-or-later
// WWIDs: the derived one never changes, those given survive the way through VPD page 83h.
#include "identity.h"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "device_identification.h"
#include "inquiry.h"
#include "test_disk.h"

using namespace scsimpath;
using emulated::make_identity;
using test::TestDisk;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(identity)

BOOST_AUTO_TEST_CASE(derived_from_the_path_for_ever) {
  const auto identity = make_identity("", "/srv/disk.img");
  BOOST_REQUIRE(identity.has_value());
  BOOST_TEST(identity->wwid == "naa.6025350af16eef6417978d6ce131f268");
  BOOST_TEST(identity->serial == "88bdca71fc3d3ca5");
  BOOST_TEST(make_identity("", "/srv/disk.imh")->wwid != identity->wwid);
  BOOST_TEST(make_identity("", "/srv/disk.imh")->serial != identity->serial);
}

BOOST_AUTO_TEST_CASE(two_images_with_one_wwid_have_two_serials) {
  const char* wwid = "naa.5000000000000001";
  BOOST_TEST(make_identity(wwid, "/a")->serial != make_identity(wwid, "/b")->serial);
}

BOOST_DATA_TEST_CASE(carried_by_page_83,
                     data::make({"naa.5000c500a1b2c3d4", "naa.3000000000000001",
                                 "naa.600508b1001c0123456789abcdef0123", "eui.0025385b71b00001",
                                 "eui.0025385b71b0000102030405",
                                 "eui.0025385b71b000010203040506070809", "t10.SCSIPATHa",
                                 "t10.ATA     A disk 12-34"}),
                     wwid) {
  TestDisk disk({.wwid = wwid});
  BOOST_TEST(disk.disk.wwid == wwid);
  for (unsigned port = 0; port < 2; ++port) {
    const auto page =
        scsi::parse_device_identification(disk.ask(port, scsi::inquiry_vpd(0x83, 512)));
    BOOST_REQUIRE(page.has_value());
    BOOST_TEST(page->wwid == wwid);
    BOOST_TEST((page->target_port_group == port + 1));
    BOOST_TEST((page->relative_target_port == port + 1));
  }
}

BOOST_AUTO_TEST_CASE(the_longest_text_fits) {
  const std::string wwid = "t10." + std::string(emulated::Identity::max_t10, 'x');
  TestDisk disk({.paths = 64, .wwid = wwid});
  const auto page = scsi::parse_device_identification(disk.ask(63, scsi::inquiry_vpd(0x83, 1024)));
  BOOST_REQUIRE(page.has_value());
  BOOST_TEST(page->wwid == wwid);
  BOOST_TEST(!make_identity(wwid + "x", "/").has_value());
}

BOOST_AUTO_TEST_CASE(hexadecimal_digits_are_lower_case) {
  BOOST_TEST(make_identity("naa.5000C500A1B2C3D4", "/")->wwid == "naa.5000c500a1b2c3d4");
  BOOST_TEST(make_identity("t10.SCSIPATHABC", "/")->wwid == "t10.SCSIPATHABC");
}

BOOST_DATA_TEST_CASE(refused,
                     data::make({"naa.",
                                 "naa.5",
                                 "naa.500",
                                 "naa.5000c500a1b2c3d",
                                 "naa.5000c500a1b2c3d4e",
                                 "naa.6000c500a1b2c3d4",
                                 "naa.1000c500a1b2c3d4",
                                 "naa.2000c500a1b2c3d4",
                                 "naa.7000c500a1b2c3d4",
                                 "naa.5000c500a1b2c3g4",
                                 "naa.5000c500a1b2c3d4 ",
                                 "NAA.5000c500",
                                 "eui.",
                                 "eui.0025385b71b0000",
                                 "eui.0025385b71b000010203",
                                 "eui.zz25385b71b00001",
                                 "t10.",
                                 "t10.SCSIPATH",
                                 "t10. SCSIPATHx",
                                 "t10.SCSIPATHx ",
                                 "t10.SCSIPATH\x01",
                                 "t10.SCSIPATH\xc3\xa4",
                                 "uuid.1",
                                 "x",
                                 "naa",
                                 " naa.5000c500a1b2c3d4"}),
                     wwid) {
  const auto identity = make_identity(wwid, "/");
  BOOST_REQUIRE(!identity.has_value());
  BOOST_TEST(identity.error().number == EINVAL);
  BOOST_TEST(identity.error().message.find(wwid) != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
