// SPDX-License-Identifier: LGPL-2.1-or-later
// Events as the kernel and udev send them (recorded in a guest with scsi_debug and virtio-scsi).
#include "uevent.h"

#include <boost/test/unit_test.hpp>

#include "scsi_device.h"

namespace {

using namespace scsimpath::discovery;

constexpr const char* disk = "/devices/pseudo_0/adapter0/host0/target0:0:0/0:0:0:0";

Hint hint(std::string_view unit_attention) {
  const auto change = interpret(disk, unit_attention);
  BOOST_TEST_REQUIRE(change.has_value());
  return change->hint;
}

BOOST_AUTO_TEST_SUITE(uevent)

BOOST_AUTO_TEST_CASE(the_device_is_found_in_the_path) {
  const std::string base = disk;
  for (const std::string& path : {base, base + "/block/sda", base + "/block/sda/sda1",
                                  base + "/scsi_generic/sg0", base + "/scsi_device/0:0:0:0"}) {
    BOOST_TEST(interpret(path, "").value().name == "0:0:0:0");
  }
  BOOST_TEST(interpret("/devices/pci0000:00/0000:00:05.0/virtio1/host12/target12:0:3/12:0:3:255/"
                       "block/sdaa",
                       "")
                 .value()
                 .name == "12:0:3:255");
}

BOOST_AUTO_TEST_CASE(other_devices_are_none) {
  for (const char* path : {"/devices/virtual/block/loop0", "/devices/pci0000:00/0000:00:05.0",
                           "/devices/pseudo_0/adapter0/host0/target0:0:0", "", "/"}) {
    BOOST_TEST(!interpret(path, "").has_value());
  }
}

BOOST_AUTO_TEST_CASE(names_of_devices) {
  for (const char* name : {"0:0:0:0", "12:1:300:18446744073709551615"})
    BOOST_TEST(is_device_name(name));
  for (const char* name : {"", "0:0:0", "0:0:0:0:0", "a:0:0:0", ":0:0:0", "0:0:0:", "0::0:0",
                           "0000:00:05.0", "-1:0:0:0"})
    BOOST_TEST(!is_device_name(name));
}

BOOST_AUTO_TEST_CASE(unit_attentions_that_can_mean_another_disk_hold_the_path) {
  for (const char* what :
       {"INQUIRY_DATA_HAS_CHANGED", "REPORTED_LUNS_DATA_HAS_CHANGED", "POWER_ON_RESET_OCCURRED"})
    BOOST_TEST((hint(what) == Hint::identify));
  for (const char* what :
       {"CAPACITY_DATA_HAS_CHANGED", "ASYMMETRIC_ACCESS_STATE_CHANGED", "MODE_PARAMETERS_CHANGED"})
    BOOST_TEST((hint(what) == Hint::check));
  for (const char* what : {"", "THIN_PROVISIONING_SOFT_THRESHOLD_REACHED", "SOMETHING_NEW"})
    BOOST_TEST((hint(what) == Hint::none));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
