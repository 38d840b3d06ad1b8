// SPDX-License-Identifier: LGPL-2.1-or-later
// VPD pages B0h, B1h and B2h, whole, short and foreign.
#include <boost/test/unit_test.hpp>

#include "block_limits.h"
#include "hex.h"

using namespace scsimpath;
using scsi::BlockLimits;

BOOST_AUTO_TEST_SUITE(vpd_limits)

namespace {

const auto whole =
    hex("00 b0 00 3c 01 07 00 80 00 00 40 00 00 00 08 00 00 00 00 99 00 01 00 00 00 00 00 40 "
        "00 00 00 08 80 00 00 03 00 00 00 01 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00 "
        "00 00 00 00 00 00 00 00");

}  // namespace

BOOST_AUTO_TEST_CASE(block_limits) {
  const auto got = scsi::parse_block_limits(whole);
  BOOST_REQUIRE(got.has_value());
  BOOST_CHECK((*got == BlockLimits{.max_compare_and_write = 7,
                                   .optimal_transfer_granularity = 0x80,
                                   .max_transfer = 0x4000,
                                   .optimal_transfer = 0x800,
                                   .max_unmap_blocks = 0x10000,
                                   .max_unmap_descriptors = 0x40,
                                   .optimal_unmap_granularity = 8,
                                   .unmap_granularity_alignment = 3,
                                   .unmap_alignment_valid = true,
                                   .max_write_same = 0x100000002,
                                   .write_same_non_zero = true}));
}

BOOST_AUTO_TEST_CASE(the_short_page_of_older_targets) {
  auto bytes = whole;
  bytes[3] = 0x0c;  // what follows is not the page's
  const auto got = scsi::parse_block_limits(bytes);
  BOOST_REQUIRE(got.has_value());
  BOOST_CHECK((*got == BlockLimits{.max_compare_and_write = 7,
                                   .optimal_transfer_granularity = 0x80,
                                   .max_transfer = 0x4000,
                                   .optimal_transfer = 0x800,
                                   .write_same_non_zero = true}));
}

BOOST_AUTO_TEST_CASE(a_field_counts_only_whole) {
  const auto max_transfer = [](std::size_t length) {
    return scsi::parse_block_limits(ConstBytes(whole).first(length))->max_transfer;
  };
  for (std::size_t length = 4; length < 12; ++length) BOOST_TEST(max_transfer(length) == 0U);
  BOOST_TEST(max_transfer(12) == 0x4000U);
  for (std::size_t length = 0; length < 4; ++length) {
    BOOST_TEST(!scsi::parse_block_limits(ConstBytes(whole).first(length)).has_value());
  }
}

BOOST_AUTO_TEST_CASE(characteristics) {
  BOOST_TEST(scsi::parse_block_characteristics(hex("00 b1 00 02 00 01"))->non_rotating());
  const auto disk = scsi::parse_block_characteristics(hex("00 b1 00 02 1c 20"));
  BOOST_TEST(!disk->non_rotating());
  BOOST_TEST(disk->rotation_rate == 7200);
  BOOST_TEST(scsi::parse_block_characteristics(hex("00 b1 00 00"))->rotation_rate == 0);
}

BOOST_AUTO_TEST_CASE(provisioning) {
  const auto thin = scsi::parse_logical_block_provisioning(hex("00 b2 00 04 09 e6 02 00"));
  BOOST_REQUIRE(thin.has_value());
  BOOST_TEST(int(thin->threshold_exponent) == 9);
  BOOST_TEST((thin->unmap && thin->write_same_16 && thin->write_same_10 && thin->anchor));
  BOOST_TEST(int(thin->lbprz) == 1);
  BOOST_CHECK(thin->type == scsi::ProvisioningType::thin);

  const auto resource = scsi::parse_logical_block_provisioning(hex("00 b2 00 04 00 40 01 00"));
  BOOST_TEST((!resource->unmap && resource->write_same_16 && !resource->write_same_10));
  BOOST_CHECK(resource->type == scsi::ProvisioningType::resource);

  const auto full = scsi::parse_logical_block_provisioning(hex("00 b2 00 04 00 00 07 00"));
  BOOST_CHECK(full->type == scsi::ProvisioningType::full);
}

BOOST_AUTO_TEST_CASE(another_page_is_an_error) {
  BOOST_TEST(!scsi::parse_block_limits(hex("00 b1 00 02 00 01")).has_value());
  BOOST_TEST(!scsi::parse_block_characteristics(hex("00 b2 00 02 00 01")).has_value());
  BOOST_TEST(!scsi::parse_logical_block_provisioning(hex("00 b0 00 02 00 01")).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
