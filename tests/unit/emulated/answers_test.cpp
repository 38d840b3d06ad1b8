// SPDX-License-Identifier: LGPL-2.1-or-later
// What the unit says of itself, read with the parsers of the scsi layer.
#include <boost/test/unit_test.hpp>

#include "block_limits.h"
#include "capacity.h"
#include "inquiry.h"
#include "mode.h"
#include "target_port_groups.h"
#include "test_disk.h"

using namespace scsimpath;
using test::raw_cdb;
using test::TestDisk;

BOOST_AUTO_TEST_SUITE(answers)

namespace {

constexpr auto in = Direction::from_device;

struct Disk : TestDisk {
  Disk() { settle(); }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(standard_inquiry, Disk) {
  const auto bytes = ask(0, scsi::inquiry(96));
  BOOST_TEST(bytes.size() == 96U);
  BOOST_TEST(bytes[4] == 91);
  const auto inquiry = scsi::parse_inquiry(bytes);
  BOOST_REQUIRE(inquiry.has_value());
  BOOST_TEST(inquiry->is_connected_disk());
  BOOST_TEST(inquiry->vendor == "SCSIPATH");
  BOOST_TEST(inquiry->product == "EMULATED DISK");
  BOOST_CHECK(inquiry->tpgs == scsi::Tpgs::implicit);
  BOOST_TEST(!inquiry->removable);
  BOOST_TEST(!inquiry->protect);
}

BOOST_FIXTURE_TEST_CASE(an_allocation_length_cuts_but_lengths_stay, Disk) {
  const auto bytes = ask(0, scsi::inquiry(36), 96);
  BOOST_TEST(bytes.size() == 36U);
  BOOST_TEST(bytes[4] == 91);
  BOOST_TEST(ask(0, scsi::inquiry_vpd(0x83, 4)).size() == 4U);
  BOOST_TEST(ask(0, scsi::inquiry(0)).empty());
  // A buffer shorter than the allocation length.
  std::vector<std::uint8_t> small(10);
  BOOST_TEST(run(0, scsi::inquiry(96), in, small).residual == 0);
}

BOOST_FIXTURE_TEST_CASE(inquiry_refuses_pages_it_has_not, Disk) {
  BOOST_TEST(refusal(0, scsi::inquiry_vpd(0x84, 96), in, 96) == "5/24/00");
  BOOST_TEST(refusal(0, raw_cdb({0x12, 0, 0x83, 0, 96, 0}), in, 96) == "5/24/00");
  BOOST_TEST(refusal(0, raw_cdb({0x12, 2, 0, 0, 96, 0}), in, 96) == "5/24/00");
}

BOOST_AUTO_TEST_CASE(supported_pages_are_those_that_answer) {
  for (const bool thin : {true, false}) {
    TestDisk disk({.thin = thin});
    const auto pages = scsi::parse_supported_pages(disk.ask(0, scsi::inquiry_vpd(0, 96)));
    BOOST_REQUIRE(pages.has_value());
    std::vector<std::uint8_t> wanted{0x00, 0x80, 0x83, 0xb0, 0xb1};
    if (thin) wanted.push_back(0xb2);
    BOOST_TEST(*pages == wanted, boost::test_tools::per_element());
    for (unsigned page = 0; page < 256; ++page) {
      std::vector<std::uint8_t> answer(512);
      const auto result =
          disk.run(0, scsi::inquiry_vpd(static_cast<std::uint8_t>(page), 512), in, answer);
      const bool listed = std::ranges::find(wanted, page) != wanted.end();
      BOOST_TEST((result.status == 0) == listed);
      if (listed) {
        BOOST_TEST(answer[1] == page);
        BOOST_TEST(scsi::vpd_length(answer) == 512U - static_cast<unsigned>(result.residual));
      }
    }
  }
}

BOOST_FIXTURE_TEST_CASE(one_serial_on_every_port, Disk) {
  const auto serial = scsi::unit_serial(ask(0, scsi::inquiry_vpd(0x80, 96)));
  BOOST_REQUIRE(serial.has_value());
  BOOST_TEST(serial->size() == 16U);
  BOOST_TEST(*scsi::unit_serial(ask(1, scsi::inquiry_vpd(0x80, 96))) == *serial);
}

BOOST_AUTO_TEST_CASE(limits_in_blocks) {
  for (const std::uint32_t block : {512U, 4096U}) {
    TestDisk disk({.block_size = block});
    const auto bytes = disk.ask(0, scsi::inquiry_vpd(0xb0, 64));
    BOOST_TEST(bytes.size() == 64U);
    const auto limits = scsi::parse_block_limits(bytes);
    BOOST_REQUIRE(limits.has_value());
    BOOST_CHECK((*limits == scsi::BlockLimits{.optimal_transfer_granularity =
                                                  static_cast<std::uint16_t>(4096 / block),
                                              .max_transfer = (4U << 20) / block,
                                              .optimal_transfer = (1U << 20) / block,
                                              .max_unmap_blocks = (1U << 30) / block,
                                              .max_unmap_descriptors = 256,
                                              .optimal_unmap_granularity = 4096 / block,
                                              .unmap_alignment_valid = true,
                                              .max_write_same = (64U << 20) / block}));
  }
}

BOOST_FIXTURE_TEST_CASE(characteristics_and_provisioning, Disk) {
  const auto bytes = ask(0, scsi::inquiry_vpd(0xb1, 64));
  BOOST_TEST(bytes.size() == 64U);
  BOOST_TEST(scsi::parse_block_characteristics(bytes)->non_rotating());
  const auto thin = scsi::parse_logical_block_provisioning(ask(0, scsi::inquiry_vpd(0xb2, 64)));
  BOOST_REQUIRE(thin.has_value());
  BOOST_CHECK(thin->type == scsi::ProvisioningType::thin);
  BOOST_TEST(thin->lbprz == 1);
  BOOST_TEST((thin->unmap && thin->write_same_16 && thin->write_same_10 && !thin->anchor));
}

BOOST_AUTO_TEST_CASE(capacity) {
  struct Row {
    std::uint32_t block_size;
    bool thin, lbprz;
  };
  for (const Row& row : {Row{512, true, true}, Row{512, true, false}, Row{4096, false, true}}) {
    TestDisk disk({.block_size = row.block_size, .thin = row.thin, .lbprz = row.lbprz});
    disk.settle();
    const auto sixteen = scsi::parse_read_capacity_16(disk.ask(0, scsi::read_capacity_16(32)));
    BOOST_REQUIRE(sixteen.has_value());
    BOOST_TEST(sixteen->blocks == TestDisk::default_size / row.block_size);
    BOOST_TEST(sixteen->block_size == row.block_size);
    BOOST_TEST(sixteen->lbpme == row.thin);
    BOOST_TEST(sixteen->lbprz == (row.thin && row.lbprz));
    BOOST_TEST((row.block_size << sixteen->blocks_per_physical_exponent) == 4096U);
    const auto ten = scsi::parse_read_capacity_10(disk.ask(0, scsi::read_capacity_10()));
    BOOST_REQUIRE(ten.has_value());
    BOOST_TEST(ten->blocks == sixteen->blocks);
    BOOST_TEST(ten->block_size == row.block_size);
  }
}

BOOST_AUTO_TEST_CASE(a_capacity_beyond_32_bits) {
  TestDisk disk({.size = std::uint64_t{3} << 40});
  disk.settle();
  BOOST_TEST(scsi::parse_read_capacity_16(disk.ask(0, scsi::read_capacity_16(32)))->blocks ==
             (std::uint64_t{3} << 40) / 512);
  BOOST_TEST(scsi::parse_read_capacity_10(disk.ask(0, scsi::read_capacity_10())).error().number ==
             EOVERFLOW);
  auto data = test::filled(512, 0x11);
  const std::uint64_t last = (std::uint64_t{3} << 40) / 512 - 1;
  BOOST_TEST(disk.write(0, last, 1, data).status == 0);
  auto got = test::filled(512, 0);
  BOOST_TEST(disk.read(1, last, 1, got).status == 0);
  BOOST_TEST(got == data, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(one_lun, Disk) {
  const auto luns = ask(0, scsi::report_luns(64));
  BOOST_TEST(luns == (std::vector<std::uint8_t>{0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
             boost::test_tools::per_element());
  Cdb cdb = scsi::report_luns(64);
  cdb.bytes[2] = 1;
  BOOST_TEST(ask(0, cdb) == std::vector<std::uint8_t>(8), boost::test_tools::per_element());
  cdb.bytes[2] = 0x33;
  BOOST_TEST(refusal(0, cdb, in, 64) == "5/24/00");
}

BOOST_AUTO_TEST_CASE(mode_pages) {
  test::TemporaryFolder folder;
  const std::string image = (folder.path() / "disk.img").string();
  { TestDisk made({.image = image}); }
  for (const bool read_only : {false, true}) {
    TestDisk disk({.image = image, .read_only = read_only});
    disk.settle();
    const auto ten = disk.ask(0, scsi::mode_sense_10(0x3f, 255));
    const auto header = scsi::parse_mode_sense_10(ten);
    BOOST_REQUIRE(header.has_value());
    BOOST_TEST(header->write_protected == read_only);
    BOOST_TEST(header->dpofua);
    // No block descriptor (DBD): the caching page with WCE, then the control page.
    BOOST_TEST(ten.size() == 8U + 20 + 12);
    BOOST_TEST(ten[1] == ten.size() - 2);
    BOOST_TEST((ten[8] == 0x08 && ten[9] == 18 && ten[10] == 0x04 && ten[28] == 0x0a));

    const auto six = disk.ask(0, raw_cdb({0x1a, 0, 0x08, 0, 255, 0}));
    BOOST_TEST(six.size() == 4U + 8 + 20);
    BOOST_TEST((six[0] == six.size() - 1 && six[2] == (read_only ? 0x90 : 0x10) && six[3] == 8));
    BOOST_TEST((six[6] == 0x08 && six[7] == 0 && six[10] == 0x02));  // 2048 blocks of 512 bytes
    const auto wide = disk.ask(0, raw_cdb({0x5a, 0x10, 0x0a, 0xff, 0, 0, 0, 0, 255, 0}));
    BOOST_TEST((wide.size() == 8U + 16 + 12 && wide[4] == 1 && wide[7] == 16));

    // Changeable values: none. Saved ones, other pages and subpages: refused.
    BOOST_TEST(disk.ask(0, raw_cdb({0x1a, 8, 0x48, 0, 255, 0}))[6] == 0);
    BOOST_TEST(disk.refusal(0, raw_cdb({0x1a, 0, 0xc8, 0, 255, 0}), in, 255) == "5/39/00");
    BOOST_TEST(disk.refusal(0, raw_cdb({0x1a, 0, 0x01, 0, 255, 0}), in, 255) == "5/24/00");
    BOOST_TEST(disk.refusal(0, raw_cdb({0x1a, 0, 0x0a, 1, 255, 0}), in, 255) == "5/24/00");
  }
}

BOOST_AUTO_TEST_CASE(port_groups) {
  TestDisk disk({.paths = 64});
  disk.settle();
  disk.set_fault(2, "alua=standby");
  disk.settle();
  for (const bool extended : {false, true}) {
    const auto bytes = disk.ask(5, scsi::report_target_port_groups(1024, extended));
    const auto groups = scsi::parse_target_port_groups(bytes);
    BOOST_REQUIRE(groups.has_value());
    BOOST_TEST(groups->needed == bytes.size());
    BOOST_TEST(bytes.size() == (extended ? 8U : 4U) + 64 * 12);
    BOOST_REQUIRE(groups->groups.size() == 64U);
    for (unsigned port = 0; port < 64; ++port) {
      const auto& group = groups->groups[port];
      BOOST_TEST(group.group == port + 1);
      BOOST_TEST(group.ports == std::vector<std::uint16_t>{static_cast<std::uint16_t>(port + 1)},
                 boost::test_tools::per_element());
      BOOST_CHECK(group.state == (port == 2 ? AccessState::standby : AccessState::optimized));
      BOOST_TEST(!group.preferred);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
