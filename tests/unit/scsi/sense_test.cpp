// SPDX-License-Identifier: LGPL-2.1-or-later
// The sense decoder on both formats, cut at every length, and on data that means nothing.
#include "sense.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>

#include "hex.h"

using namespace scsimpath;
using scsi::decode_sense;
using scsi::Sense;

namespace {

/// In a block of its own size, so that a sanitizer sees a read beyond the end.
Sense decode_cut(const std::vector<std::uint8_t>& bytes, std::size_t length) {
  const auto exact = std::make_unique<std::uint8_t[]>(length);
  std::copy_n(bytes.begin(), length, exact.get());
  return decode_sense({exact.get(), length});
}

void check_equal(const Sense& got, const Sense& wanted, std::size_t length) {
  BOOST_CHECK_MESSAGE(got == wanted, "at length " << length << ": valid " << got.valid << " key "
                                                  << int(got.key) << " asc " << int(got.asc)
                                                  << " ascq " << int(got.ascq) << " information "
                                                  << got.information.value_or(0));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sense_decoder)

BOOST_AUTO_TEST_CASE(fixed_at_every_length) {
  const auto bytes = hex("f0 00 03 00 01 e2 40 0a 00 00 00 00 11 04 00 00 00 00");
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    Sense wanted;
    if (length >= 3) {
      wanted.valid = true;
      wanted.key = 3;
    }
    if (length >= 7) wanted.information = 0x1e240;
    if (length >= 13) wanted.asc = 0x11;
    if (length >= 14) wanted.ascq = 0x04;
    check_equal(decode_cut(bytes, length), wanted, length);
  }
}

BOOST_AUTO_TEST_CASE(descriptor_at_every_length) {
  const auto bytes = hex("72 03 11 04 00 00 00 0c 00 0a 80 00 00 00 00 01 02 03 04 05");
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    Sense wanted;
    if (length >= 2) {
      wanted.valid = true;
      wanted.key = 3;
    }
    if (length >= 3) wanted.asc = 0x11;
    if (length >= 4) wanted.ascq = 0x04;
    if (length == 20) wanted.information = 0x0102030405;
    check_equal(decode_cut(bytes, length), wanted, length);
  }
}

BOOST_AUTO_TEST_CASE(information_behind_another_descriptor) {
  const auto bytes =
      hex("72 05 24 00 00 00 00 14"
          "02 06 00 00 c0 00 01 00"
          "00 0a 80 00 00 00 00 00 00 00 00 2a");
  BOOST_TEST(decode_sense(bytes).information.value_or(0) == 0x2a);
}

BOOST_AUTO_TEST_CASE(information_that_is_not_valid) {
  BOOST_TEST(!decode_sense(hex("70 00 03 00 01 e2 40 0a 00 00 00 00 11 00 00 00 00 00"))
                  .information.has_value());
  BOOST_TEST(!decode_sense(hex("72 03 11 00 00 00 00 0c 00 0a 00 00 00 00 00 01 02 03 04 05"))
                  .information.has_value());
}

BOOST_AUTO_TEST_CASE(a_lone_descriptor_type_at_the_end_is_not_followed) {
  const auto bytes = hex("72 03 11 00 00 00 00 01 00");
  const Sense sense = decode_cut(bytes, bytes.size());
  BOOST_TEST(sense.valid);
  BOOST_TEST(!sense.information.has_value());
}

BOOST_AUTO_TEST_CASE(deferred_formats) {
  BOOST_TEST(!decode_sense(hex("70 00 04 00 00 00 00 0a 00 00 00 00 44 00")).deferred);
  BOOST_TEST(decode_sense(hex("71 00 04 00 00 00 00 0a 00 00 00 00 44 00")).deferred);
  BOOST_TEST(!decode_sense(hex("72 04 44 00 00 00 00 00")).deferred);
  const Sense sense = decode_sense(hex("73 04 44 00 00 00 00 00"));
  BOOST_TEST(sense.deferred);
  BOOST_TEST(int(sense.key) == 4);
  BOOST_TEST(int(sense.asc) == 0x44);
}

BOOST_AUTO_TEST_CASE(an_additional_length_that_ends_before_the_code) {
  const Sense sense = decode_sense(hex("70 00 06 00 00 00 00 04 00 00 00 00 29 00"));
  BOOST_TEST(sense.valid);
  BOOST_TEST(int(sense.asc) == 0);
}

BOOST_AUTO_TEST_CASE(an_additional_length_beyond_the_data) {
  const auto bytes = hex("70 00 06 00 00 00 00 ff 00 00 00 00 29 01");
  const Sense sense = decode_cut(bytes, bytes.size());
  BOOST_TEST(int(sense.asc) == 0x29);
  BOOST_TEST(int(sense.ascq) == 0x01);
}

BOOST_AUTO_TEST_CASE(other_response_codes_mean_nothing) {
  std::vector<std::uint8_t> bytes(18, 0x29);
  for (unsigned code = 0; code <= 0xff; ++code) {
    bytes[0] = static_cast<std::uint8_t>(code);
    const unsigned format = code & 0x7f;
    BOOST_CHECK_MESSAGE(decode_sense(bytes).valid == (format >= 0x70 && format <= 0x73),
                        "response code " << code);
  }
}

BOOST_AUTO_TEST_CASE(longer_than_any_sense_data) {
  std::vector<std::uint8_t> bytes(100000, 0);
  bytes[0] = 0x72;
  bytes[1] = 0x02;
  bytes[7] = 0xff;
  BOOST_TEST(decode_sense(bytes).valid);
}

BOOST_AUTO_TEST_CASE(texts) {
  BOOST_TEST(scsi::to_text({}) == "no sense data");
  const Sense reset{.valid = true, .key = 6, .asc = 0x29, .ascq = 0x00};
  BOOST_TEST(scsi::to_text(reset) ==
             "Unit Attention: Power on, reset, or bus device reset occurred (6/29/00)");
  Sense deferred = reset;
  deferred.deferred = true;
  BOOST_TEST(scsi::to_text(deferred).starts_with("deferred Unit Attention: "));
  BOOST_TEST(
      scsi::to_text({.valid = true, .key = 9, .asc = 0xfe, .ascq = 0xff}).ends_with("(9/FE/FF)"));
}

BOOST_AUTO_TEST_SUITE_END()
