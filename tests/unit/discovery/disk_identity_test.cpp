// SPDX-License-Identifier: LGPL-2.1-or-later
// What is made of a disk that does not tell its id.
#include "disk_identity.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>

namespace {

using namespace scsimpath;
using namespace scsimpath::discovery;

/// Of a disk that has answered everything but VPD page 83h.
sg::FirstLook look_without_id(sg::Answer identification) {
  sg::FirstLook look{.inquiry = std::vector<std::uint8_t>(36), .identification = {}};
  look.inquiry[4] = 31;  // additional length
  look.identification = std::move(identification);
  return look;
}

BOOST_AUTO_TEST_SUITE(disk_identity)

BOOST_AUTO_TEST_CASE(a_disk_that_does_not_know_the_page_has_no_id) {
  const auto identity = identify(look_without_id({.error = "Illegal request", .refused = true}));
  BOOST_REQUIRE(identity);
  BOOST_TEST(identity->wwid.empty());
}

BOOST_AUTO_TEST_CASE(a_disk_that_is_busy_when_it_is_asked_may_have_an_id_yet) {
  const auto identity = identify(look_without_id({.error = "Busy"}));
  BOOST_REQUIRE(!identity);
  BOOST_TEST(identity.error().number == EIO);
  BOOST_TEST(identity.error().message == "its id (VPD page 83h) could not be read: Busy");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
