// SPDX-License-Identifier: LGPL-2.1-or-later
// SOURCE and the keys of an emulated disk.
#include "source.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>

namespace {

using namespace scsimpath;
using namespace scsimpath::settings;

EmulatedDisk disk_of(std::string_view text) {
  const auto source = parse_source(text);
  BOOST_REQUIRE_MESSAGE(source, text << ": " << source.error().message);
  BOOST_REQUIRE(std::holds_alternative<EmulatedDisk>(*source));
  return std::get<EmulatedDisk>(*source);
}

std::string refusal_of(std::string_view text) {
  const auto source = parse_source(text);
  BOOST_REQUIRE_MESSAGE(!source, text);
  return source.error().message;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(source)

BOOST_AUTO_TEST_CASE(an_image_alone_has_the_defaults) {
  const EmulatedDisk disk = disk_of("emulated:disk.img");
  BOOST_TEST((disk == EmulatedDisk{.image = "disk.img"}));
}

BOOST_AUTO_TEST_CASE(every_key_is_taken) {
  const EmulatedDisk disk = disk_of(
      "emulated:d,size=1GiB,paths=4,block_size=4096,wwid=naa.6001,thin=no,lbprz=0,"
      "unmap_ignore=yes,cache=volatile,ro");
  BOOST_TEST((disk == EmulatedDisk{.image = "d",
                                   .size = 1ULL << 30,
                                   .paths = 4,
                                   .block_size = 4096,
                                   .wwid = "naa.6001",
                                   .thin = false,
                                   .lbprz = false,
                                   .unmap_ignore = true,
                                   .volatile_cache = true,
                                   .read_only = true}));
}

BOOST_AUTO_TEST_CASE(the_defaults_told_are_the_defaults_in_force) {
  for (const DiskKey& key : all_disk_keys()) {
    EmulatedDisk disk;
    if (key.name == "size" || key.name == "wwid") continue;  // told in words
    BOOST_TEST_CONTEXT(key.name) {
      BOOST_REQUIRE(key.apply(disk, key.default_text));
      BOOST_TEST((disk == EmulatedDisk{}));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_comma_in_the_name_is_escaped) {
  BOOST_TEST(disk_of("emulated:a\\,b\\c,paths=1").image == "a,b\\c");
  BOOST_TEST(disk_of("emulated:dir/x=y.toml").image == "dir/x=y.toml");
}

BOOST_AUTO_TEST_CASE(wrong_keys_and_values_are_named) {
  BOOST_TEST(contains(refusal_of("emulated:d,sise=1GiB"), "sise: unknown key"));
  BOOST_TEST(contains(refusal_of("emulated:d,alias=x"), "alias: unknown key"));
  BOOST_TEST(contains(refusal_of("emulated:d,"), "an empty key"));
  BOOST_TEST(contains(refusal_of("emulated:d,size"), "size needs a value"));
  for (const auto* wrong :
       {"size=0", "size=1GB", "size=1 GiB", "size=-1", "size=99999999TiB", "size=", "size=1.5GiB",
        "paths=0", "paths=65", "paths=two", "block_size=1024", "wwid=", "thin=1", "lbprz=yes",
        "cache=Volatile", "ro=maybe", "unmap_ignore=YES"}) {
    BOOST_TEST(contains(refusal_of(std::string("emulated:d,") + wrong), wrong), wrong);
  }
  BOOST_TEST(contains(refusal_of("emulated:d,size=1000"), "multiple of block_size=512"));
  BOOST_TEST(contains(refusal_of("emulated:"), "needs an image"));
}

BOOST_AUTO_TEST_CASE(udev_is_a_word) {
  for (const char* text : {"udev", "udev:"}) {
    const auto source = parse_source(text);
    BOOST_REQUIRE(source);
    BOOST_TEST(std::holds_alternative<UdevSource>(*source));
  }
  BOOST_TEST(contains(refusal_of("udevd"), "must be udev"));
}

BOOST_AUTO_TEST_CASE(a_list_is_split_at_colons_before_slashes) {
  const auto list = [](std::string_view text) {
    const auto source = parse_source(text);
    BOOST_REQUIRE_MESSAGE(source, text << ": " << source.error().message);
    return std::get<DeviceList>(*source);
  };
  BOOST_TEST((list("/dev/sg1") == DeviceList{"/dev/sg1"}));
  BOOST_TEST((list("paths:/dev/sg1:/dev/sdc") == DeviceList{"/dev/sg1", "/dev/sdc"}));
  const std::string by_path = "/dev/disk/by-path/pci-0000:00:05.0-scsi-0:0:0:0";
  BOOST_TEST((list(by_path + ":/dev/sg2") == DeviceList{by_path, "/dev/sg2"}));
}

BOOST_AUTO_TEST_CASE(a_list_that_names_nothing_or_twice_is_refused) {
  BOOST_TEST(contains(refusal_of("paths:"), "a device without a name"));
  BOOST_TEST(contains(refusal_of("paths:sda"), "sda: is not absolute"));
  BOOST_TEST(contains(refusal_of("/dev/sda:/dev/sdb:/dev/sda"), "/dev/sda: stands there twice"));
}

BOOST_AUTO_TEST_CASE(a_file_is_told_by_its_name) {
  const auto source = parse_source("/etc/scsimpath/x.toml");
  BOOST_REQUIRE(source);
  BOOST_TEST(std::get<ConfigurationFile>(*source).path == "/etc/scsimpath/x.toml");
  BOOST_TEST(std::get<ConfigurationFile>(parse_source("/dev/shm/x.toml").value()).path ==
             "/dev/shm/x.toml");
  BOOST_TEST(contains(refusal_of("disk.img"), "emulated:IMAGE or a file NAME.toml"));
  BOOST_TEST(contains(refusal_of(""), "must be"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
