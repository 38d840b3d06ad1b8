// SPDX-License-Identifier: LGPL-2.1-or-later
// READ CAPACITY(10) and (16), and the sizes no disk can have.
#include "capacity.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "hex.h"

using namespace scsimpath;
using scsi::Capacity;
using scsi::parse_read_capacity_10;
using scsi::parse_read_capacity_16;

BOOST_AUTO_TEST_SUITE(capacity)

BOOST_AUTO_TEST_CASE(ten) {
  const auto got = parse_read_capacity_10(hex("00 01 ff ff 00 00 02 00"));
  BOOST_REQUIRE(got.has_value());
  BOOST_CHECK((*got == Capacity{.blocks = 0x20000, .block_size = 512}));
}

BOOST_AUTO_TEST_CASE(more_than_ten_can_tell) {
  const auto got = parse_read_capacity_10(hex("ff ff ff ff 00 00 02 00"));
  BOOST_REQUIRE(!got.has_value());
  BOOST_TEST(got.error().number == EOVERFLOW);
  BOOST_TEST(parse_read_capacity_10(hex("ff ff ff fe 00 00 02 00"))->blocks == 0xffffffffU);
}

BOOST_AUTO_TEST_CASE(sixteen) {
  const auto got =
      parse_read_capacity_16(hex("00 00 00 01 00 00 00 ff 00 00 10 00 01 03 c0 05 "
                                 "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"));
  BOOST_REQUIRE(got.has_value());
  BOOST_CHECK((*got == Capacity{.blocks = 0x100000100,
                                .block_size = 4096,
                                .protection = true,
                                .blocks_per_physical_exponent = 3,
                                .lowest_aligned_block = 5,
                                .lbpme = true,
                                .lbprz = true}));
}

BOOST_AUTO_TEST_CASE(each_provisioning_bit_alone) {
  const std::string start = "00 00 00 00 00 00 00 ff 00 00 02 00 00 00 ";
  const auto thin = parse_read_capacity_16(hex(start + "80 00"));
  BOOST_TEST((thin->lbpme && !thin->lbprz));
  const auto zeros = parse_read_capacity_16(hex(start + "40 00"));
  BOOST_TEST((!zeros->lbpme && zeros->lbprz));
}

BOOST_AUTO_TEST_CASE(cut_data_is_an_error) {
  const auto ten = hex("00 01 ff ff 00 00 02 00");
  for (std::size_t length = 0; length < 8; ++length) {
    BOOST_TEST(!parse_read_capacity_10(ConstBytes(ten).first(length)).has_value());
  }
  const auto sixteen = hex("00 00 00 00 00 00 00 ff 00 00 02 00 00 00 00 00");
  for (std::size_t length = 0; length < 16; ++length) {
    BOOST_TEST(!parse_read_capacity_16(ConstBytes(sixteen).first(length)).has_value());
  }
}

BOOST_AUTO_TEST_CASE(impossible_disks) {
  const auto sixteen = [](std::string_view last, std::string_view size) {
    return parse_read_capacity_16(hex(std::string(last) + std::string(size) + "00 00 00 00"))
        .has_value();
  };
  BOOST_TEST(sixteen("00 3f ff ff ff ff ff fe", "00 00 02 00"));
  BOOST_TEST(!sixteen("00 3f ff ff ff ff ff ff", "00 00 02 00"));  // 2^63 bytes
  BOOST_TEST(!sixteen("ff ff ff ff ff ff ff ff", "00 00 02 00"));
  for (const std::string_view size :
       {"00 00 00 00", "00 00 02 08", "00 00 01 00", "00 02 00 00", "80 00 00 00", "ff ff ff ff"}) {
    BOOST_TEST(!sixteen("00 00 00 00 00 00 00 ff", size));
    BOOST_TEST(!parse_read_capacity_10(hex("00 00 00 ff " + std::string(size))).has_value());
  }
}

BOOST_AUTO_TEST_SUITE_END()
