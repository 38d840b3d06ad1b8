// SPDX-License-Identifier: LGPL-2.1-or-later
// MODE SENSE(10): write protection and the write cache.
#include "mode.h"

#include <boost/test/unit_test.hpp>

#include "hex.h"

using namespace scsimpath;
using scsi::parse_mode_sense_10;

BOOST_AUTO_TEST_SUITE(mode)

BOOST_AUTO_TEST_CASE(the_header) {
  const auto mode = parse_mode_sense_10(hex("00 06 00 90 00 00 00 00"));
  BOOST_REQUIRE(mode.has_value());
  BOOST_TEST(mode->write_protected);
  BOOST_TEST(mode->dpofua);
  BOOST_TEST(!mode->write_cache.has_value());
  BOOST_TEST(!parse_mode_sense_10(hex("00 06 00 90 00 00 00")).has_value());
  BOOST_TEST(!parse_mode_sense_10(hex("00 02 00 90 00 00 00 00")).has_value());
}

BOOST_AUTO_TEST_CASE(the_write_cache) {
  const auto wce = [](const char* bytes) { return parse_mode_sense_10(hex(bytes))->write_cache; };
  BOOST_TEST(wce("00 0e 00 00 00 00 00 00  08 06 04 00 00 00 00 00").value());
  BOOST_TEST(!wce("00 0e 00 00 00 00 00 00  88 06 00 00 00 00 00 00").value());
  // Behind a block descriptor, another page and a page with subpages.
  BOOST_TEST(wce("00 1e 00 00 00 00 00 08  00 00 00 00 00 00 02 00  01 02 00 00  "
                 "4a 01 00 02 ff ff  08 04 04 00 00 00")
                 .value());
  // Subpage 1 of the caching page is another thing.
  BOOST_TEST(!wce("00 0e 00 00 00 00 00 00  48 01 00 04 04 00 00 00").has_value());
}

BOOST_AUTO_TEST_CASE(what_lies_about_its_length_tells_nothing) {
  const auto wce = [](const char* bytes) { return parse_mode_sense_10(hex(bytes))->write_cache; };
  BOOST_TEST(!wce("00 0e 00 00 00 00 ff ff  08 06 04 00 00 00 00 00").has_value());
  BOOST_TEST(!wce("00 0e 00 00 00 00 00 00  01 ff 04 00 00 00 00 00").has_value());
  BOOST_TEST(!wce("00 06 00 00 00 00 00 00  08 06 04 00 00 00 00 00").has_value());
  BOOST_TEST(!wce("00 0e 00 00 00 00 00 00  08 00 00 00 00 00 00 00").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
