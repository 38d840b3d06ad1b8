// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading sysfs and procfs, on folders made to look like them.
#include "sysfs.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "temporary_folder.h"
#include "usage.h"

namespace {

namespace fs = std::filesystem;
using namespace scsimpath::discovery;

class Tree {
 public:
  Tree() {
    file(base + "type", "0");
    file(base + "vendor", "ACME    ");
    file(base + "model", "Array           ");
    file(base + "queue_depth", "64");
    fs::create_directories(root() / (base + "scsi_generic/sg2"));
    fs::create_directories(root() / (base + "bsg/3:0:0:1"));
    file(base + "block/sdc/dev", "8:32");
    file(base + "block/sdc/queue/max_hw_sectors_kb", "1024");
    file(base + "block/sdc/queue/max_segments", "128");
    file("sys/devices/pci0/numa_node", "1");
    link("sys/class/scsi_device/3:0:0:1/device", base);
    link("sys/class/block/sdc", base + "block/sdc");
    file("sys/class/scsi_host/host3/can_queue", "32");
    file("proc/self/mountinfo", "");
    file("proc/swaps", "Filename Type Size Used Priority");
  }

  void file(const std::string& name, const std::string& text) const {
    fs::create_directories((root() / name).parent_path());
    std::ofstream(root() / name) << text << '\n';
  }
  void link(const std::string& name, const std::string& target) const {
    fs::create_directories((root() / name).parent_path());
    fs::create_directory_symlink(root() / target, root() / name);
  }
  [[nodiscard]] fs::path root() const { return folder.path(); }
  [[nodiscard]] ScsiDevice read() const { return sysfs.read("3:0:0:1").value(); }
  [[nodiscard]] std::string user() const { return user_of(read(), sysfs, root() / "proc"); }

  const std::string base = "sys/devices/pci0/host3/target3:0:0/3:0:0:1/";
  scsimpath::test::TemporaryFolder folder;
  const Sysfs sysfs{folder.path() / "sys"};
};

BOOST_AUTO_TEST_SUITE(sysfs)

BOOST_AUTO_TEST_CASE(a_device_is_read_whole) {
  const Tree tree;
  BOOST_TEST((tree.sysfs.names() == std::vector<std::string>{"3:0:0:1"}));
  const ScsiDevice device = tree.read();
  BOOST_TEST(device.name == "3:0:0:1");
  BOOST_TEST(device.host() == "3");
  BOOST_TEST(device.type == 0);
  BOOST_TEST(device.vendor == "ACME");
  BOOST_TEST(device.product == "Array");
  BOOST_TEST(device.sg_node == "/dev/sg2");
  BOOST_TEST(device.bsg_node == "/dev/bsg/3:0:0:1");
  BOOST_TEST(device.block_node == "/dev/sdc");
  BOOST_TEST(device.numa_node == 1);
  BOOST_TEST(device.queue_depth == 32U);            // the host takes no more
  BOOST_TEST(device.max_transfer == 128U * 4096U);  // what the segments allow
  BOOST_TEST(device.device() == "/dev/sdc");
}

BOOST_AUTO_TEST_CASE(commands_in_flight_and_the_wwid_are_told_without_a_command) {
  const Tree tree;
  BOOST_TEST(tree.sysfs.commands_in_flight("3:0:0:1") == 0U);
  BOOST_TEST(tree.sysfs.wwid_of("3:0:0:1").empty());
  tree.file(tree.base + "device_busy", "7");
  BOOST_TEST(tree.sysfs.commands_in_flight("3:0:0:1") == 7U);
  const std::string page{"\x00\x83\x00\x0c\x01\x03\x00\x08\x50\x01\x02\x03\x04\x05\x06\x07", 16};
  tree.file(tree.base + "vpd_pg83", page);
  BOOST_TEST(tree.sysfs.wwid_of("3:0:0:1") == "naa.5001020304050607");
  tree.file(tree.base + "vpd_pg83", page.substr(0, 9));
  BOOST_TEST(tree.sysfs.wwid_of("3:0:0:1").empty());
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_no_device) {
  const Tree tree;
  BOOST_TEST(!tree.sysfs.read("4:0:0:0").has_value());
  BOOST_TEST(Sysfs("/nonexistent").names().empty());
}

BOOST_AUTO_TEST_CASE(a_folder_made_anew_is_another_device) {
  const Tree tree;
  const auto before = tree.read().incarnation;
  BOOST_TEST(tree.read().incarnation == before);
  // The old one is kept, or its number might be given out again.
  fs::rename(tree.root() / "sys/devices/pci0/host3", tree.root() / "old");
  const Tree other;
  fs::rename(other.root() / "sys/devices/pci0/host3", tree.root() / "sys/devices/pci0/host3");
  BOOST_TEST(tree.read().incarnation != before);
}

BOOST_AUTO_TEST_CASE(without_a_block_device_limits_are_cautious) {
  const Tree tree;
  fs::remove_all(tree.root() / (tree.base + "block"));
  const ScsiDevice device = tree.read();
  BOOST_TEST(device.block_node == "");
  BOOST_TEST(device.max_transfer == 128U << 10U);
  BOOST_TEST(device.device() == "/dev/sg2");
}

BOOST_AUTO_TEST_CASE(damaged_attributes_are_left_out) {
  const Tree tree;
  tree.file(tree.base + "type", "disk");
  tree.file(tree.base + "queue_depth", "");
  tree.file(tree.base + "block/sdc/dev", "8");
  tree.file(tree.base + "block/sdc/queue/max_hw_sectors_kb", "0");
  const ScsiDevice device = tree.read();
  BOOST_TEST(device.type == -1);
  BOOST_TEST(device.queue_depth == 1U);
  BOOST_TEST(device.block_number == 0U);
  BOOST_TEST(device.max_transfer == 128U << 10U);
}

BOOST_AUTO_TEST_CASE(nodes_that_are_no_scsi_device_are_named_with_the_remedy) {
  const Sysfs sysfs;
  const auto refusal = [&](const std::string& node) {
    const auto name = sysfs.device_of(node);
    BOOST_TEST_REQUIRE(!name.has_value());
    return name.error().message;
  };
  BOOST_TEST(refusal("/dev/nonesuch").find("/dev/nonesuch: there is no such node") == 0U);
  BOOST_TEST(refusal("/dev/null").find("/dev/null: is not a SCSI device") == 0U);
  BOOST_TEST(refusal("/etc/passwd").find("/etc/passwd: is no device node") == 0U);
}

BOOST_AUTO_TEST_CASE(users_of_the_disk_and_its_partitions_are_found) {
  const Tree tree;
  tree.file(tree.base + "block/sdc/sdc1/dev", "8:33");
  tree.file(tree.base + "block/sdc/sdc1/partition", "1");
  tree.link("sys/class/block/sdc1", tree.base + "block/sdc/sdc1");
  BOOST_TEST(tree.user() == "");
  tree.file("proc/self/mountinfo", "36 35 8:33 / /srv rw,noatime master:1 - ext4 /dev/sdc1 rw");
  BOOST_TEST(tree.user() == "/dev/sdc1 is mounted on /srv");
  tree.file("proc/self/mountinfo", "36 35 8:3 / /srv rw - ext4 /dev/sda3 rw");
  tree.file("proc/swaps", "Filename Type\n/dev/sdc1 partition 1 0 -2");
  BOOST_TEST(tree.user() == "/dev/sdc1 is swap");
  fs::create_directories(tree.root() / (tree.base + "block/sdc/holders/dm-0"));
  BOOST_TEST(tree.user() == "/dev/sdc is held by dm-0");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
