// SPDX-License-Identifier: LGPL-2.1-or-later
// The small text helpers.
#include "text.h"

#include <array>
#include <boost/test/unit_test.hpp>

using namespace scsimpath;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(trim_takes_both_ends) {
  BOOST_TEST(trim(" \t a b\r\n") == "a b");
  BOOST_TEST(trim("ab") == "ab");
  BOOST_TEST(trim(" \n").empty());
  BOOST_TEST(trim("").empty());
}

BOOST_AUTO_TEST_CASE(split_keeps_empty_pieces) {
  using Pieces = std::vector<std::string_view>;
  BOOST_TEST((split("a,b", ',') == Pieces{"a", "b"}));
  BOOST_TEST((split(",a,,", ',') == Pieces{"", "a", "", ""}));
  BOOST_TEST((split("", ',') == Pieces{""}));
  BOOST_TEST(join({"a", "", "b"}, ", ") == "a, , b");
}

BOOST_AUTO_TEST_CASE(file_names_are_escaped_where_they_must_be) {
  BOOST_TEST(escape_file_name("naa.6000c29f") == "naa.6000c29f");
  BOOST_TEST(escape_file_name("t10.VENDOR  disk 1") == "t10.VENDOR  disk 1");
  BOOST_TEST(escape_file_name("a/b\\c") == "a\\x2fb\\x5cc");
  BOOST_TEST(escape_file_name(".hidden.x") == "\\x2ehidden.x");
  BOOST_TEST(escape_file_name(std::string_view("\n\0\x7f", 3)) == "\\x0a\\x00\\x7f");
}

BOOST_AUTO_TEST_CASE(file_names_stay_utf8) {
  BOOST_TEST(escape_file_name("sch\u00f6n \u20ac \U0001f4be") == "sch\u00f6n \u20ac \U0001f4be");
  // A lone continuation byte, a cut sequence, an overlong slash, a surrogate, past the last plane.
  BOOST_TEST(escape_file_name("\x80"
                              "a") ==
             "\\x80"
             "a");
  BOOST_TEST(escape_file_name("\xe2\x82") == "\\xe2\\x82");
  BOOST_TEST(escape_file_name("\xc0\xaf") == "\\xc0\\xaf");
  BOOST_TEST(escape_file_name("\xed\xa0\x80") == "\\xed\\xa0\\x80");
  BOOST_TEST(escape_file_name("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
}

BOOST_AUTO_TEST_CASE(sizes_are_written_for_people) {
  BOOST_TEST(format_size(0) == "0 B");
  BOOST_TEST(format_size(1023) == "1023 B");
  BOOST_TEST(format_size(std::uint64_t{1} << 30) == "1 GiB");
  BOOST_TEST(format_size((std::uint64_t{3} << 40) / 2) == "1.5 TiB");
  BOOST_TEST(format_size((std::uint64_t{1} << 30) - 512) == "1023.9 MiB");
  BOOST_TEST(format_size(~std::uint64_t{0}) == "15.9 EiB");
}

BOOST_AUTO_TEST_CASE(sizes_are_read_exactly) {
  BOOST_TEST(parse_size("4096").value() == 4096U);
  BOOST_TEST(parse_size("1KiB").value() == 1024U);
  BOOST_TEST(parse_size("2TiB").value() == std::uint64_t{2} << 40);
  BOOST_TEST(parse_size("15EiB").value() == std::uint64_t{15} << 60);
  for (const std::string_view wrong : {"", "GiB", "1 GiB", "1GB", "1gib", "-1", "+1", "1.5GiB",
                                       "1GiBs", "16EiB", "18446744073709551616", " 1", "1 ", "1B"})
    BOOST_TEST(!parse_size(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_CASE(numbers_are_read_whole_or_not_at_all) {
  BOOST_TEST(parse_number<int>("-12").value() == -12);
  BOOST_TEST(parse_number<std::uint8_t>("255").value() == 255);
  BOOST_TEST(parse_number<unsigned>("ff", 16).value() == 255U);
  for (const std::string_view wrong : {"", "256", "-1", "1x", " 1", "0x1"})
    BOOST_TEST(!parse_number<std::uint8_t>(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_CASE(bytes_are_written_in_hexadecimal) {
  const std::array<std::uint8_t, 3> bytes{0x00, 0x1f, 0xa0};
  BOOST_TEST(to_hex(bytes.data(), bytes.size()) == "00 1f a0");
}

BOOST_AUTO_TEST_SUITE_END()
