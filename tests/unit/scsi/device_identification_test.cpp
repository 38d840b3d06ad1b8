// SPDX-License-Identifier: LGPL-2.1-or-later
// Which name a unit is known by (trap 15: whole, however long).
#include "device_identification.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "hex.h"

using namespace scsimpath;

namespace {

/// The page around its designators.
std::vector<std::uint8_t> page(std::string_view designators) {
  const auto body = hex(designators);
  std::vector<std::uint8_t> bytes{0x00, 0x83, static_cast<std::uint8_t>(body.size() >> 8),
                                  static_cast<std::uint8_t>(body.size())};
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

std::string wwid(std::string_view designators) {
  const auto parsed = scsi::parse_device_identification(page(designators));
  BOOST_REQUIRE(parsed.has_value());
  return parsed->wwid;
}

// From the best name to the worst.
constexpr std::string_view name_string = "03 08 00 10 \"iqn.2026-01.x:lu\"";
constexpr std::string_view naa_6 = "01 03 00 10 60 01 40 5A 1B 2C 3D 4E 5F 60 71 82 93 A4 B5 C6";
constexpr std::string_view eui_16 = "01 02 00 10 00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF";
constexpr std::string_view eui_12 = "01 02 00 0c 00 11 22 33 44 55 66 77 88 99 AA BB";
constexpr std::string_view naa_5 = "01 03 00 08 50 01 40 5A 1B 2C 3D 4E";
constexpr std::string_view naa_4 = "01 03 00 08 40 01 40 5A 1B 2C 3D 4E";
constexpr std::string_view eui_8 = "01 02 00 08 00 11 22 33 44 55 66 77";
constexpr std::string_view naa_3 = "01 03 00 08 30 01 40 5A 1B 2C 3D 4E";
constexpr std::string_view t10 = "02 01 00 10 \"VENDOR  serial01\"";

}  // namespace

BOOST_AUTO_TEST_SUITE(device_identification)

BOOST_AUTO_TEST_CASE(forms) {
  BOOST_TEST(wwid(name_string) == "iqn.2026-01.x:lu");
  BOOST_TEST(wwid("03 08 00 14 \"naa.6001405A1B2C\" 00 00 00 00") == "naa.6001405A1B2C");
  BOOST_TEST(wwid(naa_6) == "naa.6001405a1b2c3d4e5f60718293a4b5c6");
  BOOST_TEST(wwid(eui_16) == "eui.00112233445566778899aabbccddeeff");
  BOOST_TEST(wwid(eui_12) == "eui.00112233445566778899aabb");
  BOOST_TEST(wwid(naa_5) == "naa.5001405a1b2c3d4e");
  BOOST_TEST(wwid(naa_4) == "naa.4001405a1b2c3d4e");
  BOOST_TEST(wwid(eui_8) == "eui.0011223344556677");
  BOOST_TEST(wwid(naa_3) == "naa.3001405a1b2c3d4e");
  BOOST_TEST(wwid(t10) == "t10.VENDOR  serial01");
  BOOST_TEST(wwid("") == "");
}

BOOST_AUTO_TEST_CASE(the_best_name_wins_in_any_order) {
  const std::vector<std::string_view> ranked{name_string, naa_6, eui_16, eui_12,
                                             naa_5,       naa_4, eui_8};
  for (std::size_t better = 0; better < ranked.size(); ++better) {
    for (std::size_t worse = better + 1; worse < ranked.size(); ++worse) {
      const std::string a(ranked[better]);
      const std::string b(ranked[worse]);
      BOOST_TEST(wwid(a + b) == wwid(a));
      BOOST_TEST(wwid(b + a) == wwid(a));
    }
    for (const std::string_view last : {naa_3, t10}) {
      BOOST_TEST(wwid(std::string(last) + std::string(ranked[better])) == wwid(ranked[better]));
    }
  }
}

BOOST_AUTO_TEST_CASE(among_equals_the_one_that_no_other_disk_shares) {
  BOOST_TEST(wwid(std::string(naa_3) + std::string(t10)) == wwid(naa_3));
  BOOST_TEST(wwid(std::string(t10) + std::string(naa_3)) == wwid(naa_3));
}

BOOST_AUTO_TEST_CASE(names_of_the_port_and_the_target_do_not_count) {
  for (const unsigned association : {1U, 2U, 3U}) {
    auto designator = std::string(naa_6);
    designator.replace(3, 2, std::string{static_cast<char>('0' + association), '3'});
    BOOST_TEST(wwid(designator) == "");
    BOOST_TEST(wwid(designator + std::string(t10)) == wwid(t10));
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_unique_name) {
  BOOST_TEST(wwid("01 03 00 08 20 01 40 5A 1B 2C 3D 4E") == "");  // NAA 2
  BOOST_TEST(wwid("01 03 00 08 60 01 40 5A 1B 2C 3D 4E") == "");  // NAA 6 of 8 bytes
  BOOST_TEST(wwid("01 03 00 04 50 01 40 5A") == "");
  BOOST_TEST(wwid("01 03 00 00") == "");
  BOOST_TEST(wwid("02 03 00 08 50 01 40 5A 1B 2C 3D 4E") == "");  // as ASCII
  BOOST_TEST(wwid("01 02 00 07 00 11 22 33 44 55 66") == "");
  BOOST_TEST(wwid("01 00 00 04 00 11 22 33") == "");  // vendor specific
  BOOST_TEST(wwid("01 06 00 04 00 00 00 01") == "");  // logical unit group
  BOOST_TEST(wwid("01 0a 00 10 00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF") == "");  // UUID
  BOOST_TEST(wwid("03 08 00 08 \"foo.1234\"") == "");
  BOOST_TEST(wwid("03 08 00 03 \"naa\"") == "");
  BOOST_TEST(wwid("02 01 00 04 20 20 00 00") == "");
}

BOOST_AUTO_TEST_CASE(only_a_t10_vendor_id_is_weak) {
  const auto weak = [](std::string_view designators) {
    return scsi::parse_device_identification(page(designators))->weak;
  };
  BOOST_TEST(weak(t10));
  for (const std::string_view strong :
       {name_string, naa_6, eui_16, eui_12, naa_5, naa_4, eui_8, naa_3}) {
    BOOST_TEST(!weak(strong));
  }
  BOOST_TEST(!weak(std::string(t10) + std::string(naa_6)));
}

BOOST_AUTO_TEST_CASE(identities_have_no_fixed_size) {
  for (const std::size_t length : {36U, 40U, 41U, 64U, 255U}) {
    std::vector<std::uint8_t> body{0x02, 0x01, 0x00, static_cast<std::uint8_t>(length)};
    std::string text(length - 1, 'i');
    text += '1';
    body.insert(body.end(), text.begin(), text.end());
    std::vector<std::uint8_t> bytes{0x00, 0x83, static_cast<std::uint8_t>(body.size() >> 8),
                                    static_cast<std::uint8_t>(body.size())};
    bytes.insert(bytes.end(), body.begin(), body.end());
    BOOST_TEST(scsi::parse_device_identification(bytes)->wwid == "t10." + text);
  }
}

BOOST_AUTO_TEST_CASE(a_long_page_is_read_to_its_end) {
  std::string designators;
  for (int i = 0; i < 40; ++i) designators += "01 00 00 10 " + std::string(32, '0');
  BOOST_TEST(wwid(designators + std::string(naa_6)) == wwid(naa_6));
}

BOOST_AUTO_TEST_CASE(different_bytes_are_different_names) {
  BOOST_TEST(wwid("02 01 00 04 \"A\" 00 01 \"B\"") == "t10.A\\x00\\x01B");
  BOOST_TEST(wwid("02 01 00 05 \"A\\x00\"") == "t10.A\\x5cx00");
  BOOST_TEST(wwid("02 01 00 02 c3 a4") == "t10.\\xc3\\xa4");
}

BOOST_AUTO_TEST_CASE(ports) {
  const auto parsed = scsi::parse_device_identification(
      page(std::string(naa_6) + "61 94 00 04 00 00 00 07 61 95 00 04 00 00 01 02"));
  BOOST_REQUIRE(parsed.has_value());
  BOOST_TEST(parsed->relative_target_port.value_or(0) == 7);
  BOOST_TEST(parsed->target_port_group.value_or(0) == 0x102);

  const auto none = scsi::parse_device_identification(
      page("01 05 00 04 00 00 01 02 01 15 00 02 01 02 02 14 00 04 00 00 00 01"));
  BOOST_REQUIRE(none.has_value());
  BOOST_TEST(!none->relative_target_port.has_value());
  BOOST_TEST(!none->target_port_group.has_value());
}

BOOST_AUTO_TEST_CASE(a_cut_page_names_nothing) {
  const auto whole = page(std::string(t10) + std::string(naa_6));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    BOOST_TEST(!scsi::parse_device_identification(ConstBytes(whole).first(length)).has_value());
  }
  BOOST_TEST(scsi::parse_device_identification(whole).has_value());
}

BOOST_AUTO_TEST_CASE(a_designator_beyond_the_page_is_an_error) {
  BOOST_TEST(!scsi::parse_device_identification(page("01 03 00 10 60 01 40 5A")).has_value());
  BOOST_TEST(!scsi::parse_device_identification(page("01 03 00")).has_value());
  // It fits the buffer, but not the page.
  auto bytes = page(naa_6);
  bytes[3] -= 1;
  BOOST_TEST(!scsi::parse_device_identification(bytes).has_value());
}

BOOST_AUTO_TEST_CASE(another_page_is_an_error) {
  BOOST_TEST(!scsi::parse_device_identification(hex("00 80 00 02 \"AB\"")).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
