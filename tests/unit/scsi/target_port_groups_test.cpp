// SPDX-License-Identifier: LGPL-2.1-or-later
// REPORT TARGET PORT GROUPS (trap 13: nothing unparsed ever means optimized).
#include "target_port_groups.h"

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <string>

#include "hex.h"

using namespace scsimpath;
using scsi::parse_target_port_groups;

namespace {

scsi::TargetPortGroup only_group(std::uint8_t first_byte) {
  auto bytes = hex("00 00 00 0c 00 0f 00 01 00 00 00 01 00 00 00 01");
  bytes[4] = first_byte;
  const auto answer = parse_target_port_groups(bytes);
  BOOST_REQUIRE(answer.has_value());
  BOOST_REQUIRE_EQUAL(answer->groups.size(), 1U);
  return answer->groups.front();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(target_port_groups)

BOOST_AUTO_TEST_CASE(without_the_extended_header) {
  const auto answer =
      parse_target_port_groups(hex("00 00 00 1c 80 0f 00 01 00 02 00 02 00 00 00 01 00 00 00 02"
                                   "02 0f 01 02 00 02 00 01 00 00 00 03"));
  BOOST_REQUIRE(answer.has_value());
  BOOST_TEST(answer->needed == 32U);
  BOOST_TEST(answer->transition_time.count() == 60);
  BOOST_REQUIRE_EQUAL(answer->groups.size(), 2U);
  BOOST_TEST(answer->groups[0].group == 1);
  BOOST_CHECK(answer->groups[0].state == AccessState::optimized);
  BOOST_TEST(answer->groups[0].preferred);
  const std::vector<std::uint16_t> ports{1, 2};
  BOOST_TEST(answer->groups[0].ports == ports, boost::test_tools::per_element());
  BOOST_TEST(answer->groups[1].group == 0x102);
  BOOST_CHECK(answer->groups[1].state == AccessState::standby);
  BOOST_TEST(!answer->groups[1].preferred);
  BOOST_TEST(answer->find(0x102) == &answer->groups[1]);
  BOOST_TEST(answer->find(7) == nullptr);
}

BOOST_AUTO_TEST_CASE(with_the_extended_header) {
  const auto answer =
      parse_target_port_groups(hex("00 00 00 10 10 0f 00 00 01 0f 00 05 00 00 00 01 00 00 00 09"));
  BOOST_REQUIRE(answer.has_value());
  BOOST_TEST(answer->transition_time.count() == 15);
  BOOST_REQUIRE_EQUAL(answer->groups.size(), 1U);
  BOOST_TEST(answer->groups[0].group == 5);
  BOOST_CHECK(answer->groups[0].state == AccessState::non_optimized);
}

BOOST_AUTO_TEST_CASE(a_transition_time_of_0_is_not_told) {
  const auto answer = parse_target_port_groups(hex("00 00 00 04 10 00 00 00"));
  BOOST_TEST(answer->transition_time.count() == 60);
  BOOST_TEST(answer->groups.empty());
}

BOOST_AUTO_TEST_CASE(the_preferred_bit_is_no_part_of_the_state) {
  for (const unsigned state : {0x0U, 0x1U, 0x2U, 0x3U, 0x4U, 0xeU, 0xfU}) {
    const auto plain = only_group(static_cast<std::uint8_t>(state));
    BOOST_TEST(unsigned(plain.state) == state);
    BOOST_TEST(!plain.preferred);
    const auto preferred = only_group(static_cast<std::uint8_t>(0x80 | state));
    BOOST_TEST(unsigned(preferred.state) == state);
    BOOST_TEST(preferred.preferred);
  }
}

BOOST_AUTO_TEST_CASE(only_0_is_optimized) {
  for (unsigned state = 0x1; state <= 0xf; ++state) {
    BOOST_CHECK(only_group(static_cast<std::uint8_t>(state)).state != AccessState::optimized);
    BOOST_CHECK(only_group(static_cast<std::uint8_t>(0x80 | state)).state !=
                AccessState::optimized);
  }
  BOOST_CHECK(only_group(0x0f).state == AccessState::transitioning);
  for (unsigned state = 0x5; state <= 0xd; ++state) {
    BOOST_CHECK(only_group(static_cast<std::uint8_t>(state)).state == AccessState::unknown);
  }
}

BOOST_AUTO_TEST_CASE(a_group_that_was_not_parsed_is_unknown) {
  BOOST_CHECK(scsi::TargetPortGroup{}.state == AccessState::unknown);
}

BOOST_AUTO_TEST_CASE(a_cut_answer_yields_the_states_that_are_there_and_what_it_needs) {
  const auto whole =
      hex("00 00 00 18 00 0f 00 01 00 00 00 01 00 00 00 01 02 0f 00 02 00 00 00 01 00 00 00 02");
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const auto answer = parse_target_port_groups(ConstBytes(whole).first(length));
    BOOST_TEST(answer.has_value() == (length >= 4));
    if (!answer) continue;
    BOOST_TEST(answer->needed == 28U);
    BOOST_TEST(answer->groups.size() == (length >= 24 ? 2U : length >= 12 ? 1U : 0U));
  }
}

BOOST_AUTO_TEST_CASE(what_follows_the_answer_is_not_read) {
  const auto answer = parse_target_port_groups(
      hex("00 00 00 0c 00 0f 00 01 00 00 00 01 00 00 00 01 00 0f 00 02 00 00 00 00"));
  BOOST_TEST(answer->groups.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_port_count_beyond_the_answer_yields_the_ports_that_are_there) {
  const auto answer =
      parse_target_port_groups(hex("00 00 00 0c 00 0f 00 01 00 00 00 ff 00 00 00 01"));
  BOOST_REQUIRE(answer.has_value());
  BOOST_TEST_REQUIRE(answer->groups.size() == 1U);
  BOOST_TEST((answer->groups[0].ports == std::vector<std::uint16_t>{1}));
}

BOOST_AUTO_TEST_CASE(a_length_without_the_extended_header_does_not_hide_a_group) {
  // As LIO answers with two groups of a port each: 28 bytes behind the length, which says 24.
  const auto answer = parse_target_port_groups(
      hex("00 00 00 18 10 00 00 00 00 0f 00 01 00 00 00 01 00 00 00 01 02 0f 00 02 00 00 00 01"));
  BOOST_REQUIRE(answer.has_value());
  BOOST_TEST_REQUIRE(answer->groups.size() == 2U);
  BOOST_CHECK(answer->groups[1].state == AccessState::standby);
}

BOOST_AUTO_TEST_CASE(a_huge_length_is_only_reported) {
  const auto answer =
      parse_target_port_groups(hex("ff ff ff ff 00 0f 00 01 00 00 00 01 00 00 00 01"));
  BOOST_REQUIRE(answer.has_value());
  BOOST_TEST(answer->needed == std::size_t{0x100000003});
  BOOST_TEST(answer->groups.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
