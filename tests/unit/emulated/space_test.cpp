// SPDX-License-Identifier: LGPL-2.1-or-later
// WRITE SAME, UNMAP and GET LBA STATUS: zeros, and space that is given back.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <filesystem>

#include "lba_status.h"
#include "provisioning_log.h"
#include "scripted_io.h"
#include "test_disk.h"

using namespace scsimpath;
using test::filled;
using test::raw_cdb;
using test::scripted_io;
using test::TestDisk;

BOOST_AUTO_TEST_SUITE(space)

namespace {

constexpr auto out = Direction::to_device;

struct Disk : TestDisk {
  explicit Disk(const emulated::DiskSettings& settings = {}) : TestDisk(settings) {
    settle();
    // All of it has space.
    for (std::uint64_t lba = 0; lba < blocks(settings); lba += 256) {
      auto data = filled(256UL * settings.block_size, 0x77);
      write(0, lba, 256, data);
    }
  }
  static std::uint64_t blocks(const emulated::DiskSettings& settings) {
    return default_size / settings.block_size;
  }
  CommandResult write_same(std::uint64_t lba, std::uint32_t count, bool unmap,
                           std::uint8_t value = 0, std::size_t block = 512) {
    auto data = filled(block, value);
    return run(0, scsi::write_same(lba, count, unmap), out, data);
  }
  CommandResult unmap(std::uint64_t lba, std::uint32_t count) {
    std::vector<std::uint8_t> list(scsi::unmap_list_size);
    scsi::put_unmap_list(list, lba, count);
    return run(0, scsi::unmap(), out, list);
  }
  /// The value of all blocks, or -1 when they are not of one.
  int value_of(std::uint64_t lba, std::uint32_t count, std::size_t block = 512) {
    auto data = filled(count * block, 0xee);
    BOOST_TEST(read(1, lba, count, data).residual == 0);
    const bool alike = std::ranges::all_of(data, [&](auto byte) { return byte == data[0]; });
    return alike ? data[0] : -1;
  }
  void put(std::uint64_t lba, std::uint32_t count, std::uint8_t value) {
    auto data = filled(count * 512UL, value);
    BOOST_TEST(write(0, lba, count, data).status == 0);
  }
  bool mapped(std::uint64_t lba) {
    const auto answer = ask(1, scsi::get_lba_status(lba, 24));
    scsi::LbaStatusReader reader(answer);
    const auto extent = reader.next();
    BOOST_REQUIRE(extent.has_value());
    BOOST_TEST(extent->lba == lba);
    return extent->mapped;
  }
};

struct Default : Disk {
  Default() = default;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(write_same_fills_its_blocks_and_no_other, Default) {
  BOOST_TEST(write_same(10, 100, false, 0x5a).status == 0);
  BOOST_TEST(value_of(9, 1) == 0x77);
  BOOST_TEST(value_of(10, 100) == 0x5a);
  BOOST_TEST(value_of(110, 1) == 0x77);
  BOOST_TEST(mapped(10));
  // The short form.
  auto data = filled(512, 0x11);
  BOOST_TEST(run(0, raw_cdb({0x41, 0, 0, 0, 0, 20, 0, 0, 2, 0}), out, data).status == 0);
  BOOST_TEST(value_of(20, 2) == 0x11);
  BOOST_TEST(value_of(22, 2) == 0x5a);
}

BOOST_FIXTURE_TEST_CASE(write_same_unmaps_zeros_only, Default) {
  BOOST_TEST(write_same(8, 16, true).status == 0);
  BOOST_TEST(value_of(8, 16) == 0);
  BOOST_TEST(!mapped(8));
  BOOST_TEST(mapped(24));
  BOOST_TEST(write_same(32, 16, true, 0x42).status == 0);
  BOOST_TEST(value_of(32, 16) == 0x42);
  BOOST_TEST(mapped(32));
  // Parts of granules are zeroed all the same, and their neighbours are not.
  BOOST_TEST(write_same(67, 10, true).status == 0);
  BOOST_TEST(value_of(66, 1) == 0x77);
  BOOST_TEST(value_of(67, 10) == 0);
  BOOST_TEST(value_of(77, 1) == 0x77);
}

BOOST_FIXTURE_TEST_CASE(write_same_is_bounded, Default) {
  const std::uint64_t blocks = default_size / 512;
  BOOST_TEST(write_same(blocks, 1, false).status == 2);
  BOOST_TEST(write_same(blocks - 1, 2, false).status == 2);
  // A count of 0 means to the end.
  BOOST_TEST(write_same(blocks - 3, 0, false, 0x21).status == 0);
  BOOST_TEST(value_of(blocks - 3, 3) == 0x21);
  // ANCHOR is not for this disk.
  BOOST_TEST(refusal(0, raw_cdb({0x93, 0x18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0}), out,
                     512) == "5/24/00");
}

BOOST_FIXTURE_TEST_CASE(unmap_gives_space_back, Default) {
  const auto before = std::filesystem::file_size(image);
  BOOST_TEST(unmap(64, 64).status == 0);
  BOOST_TEST(!mapped(64));
  BOOST_TEST(value_of(64, 64) == 0);
  BOOST_TEST(value_of(128, 1) == 0x77);
  BOOST_TEST(std::filesystem::file_size(image) == before);
  BOOST_TEST(unmap(default_size / 512 - 1, 2).status == 2);
  BOOST_TEST(value_of(default_size / 512 - 1, 1) == 0x77);
}

BOOST_AUTO_TEST_CASE(a_disk_that_ignores_parts_of_granules) {
  Disk disk({.unmap_ignore = true});
  BOOST_TEST(disk.unmap(67, 22).status == 0);  // 67 to 89: only 72 to 88 are whole granules
  BOOST_TEST(disk.value_of(67, 5) == 0x77);
  BOOST_TEST(disk.value_of(72, 16) == 0);
  BOOST_TEST(disk.value_of(88, 1) == 0x77);
  // It does not unmap by WRITE SAME, and says so.
  BOOST_TEST(disk.refusal(0, scsi::write_same(8, 16, true), out, 512) == "5/24/00");
  const auto page = disk.ask(0, scsi::inquiry_vpd(0xb2, 255));
  BOOST_TEST((page[5] & 0xe0) == 0x80);
}

BOOST_AUTO_TEST_CASE(without_lbprz_blocks_without_space_read_as_anything) {
  Disk disk({.lbprz = false});
  BOOST_TEST(disk.unmap(64, 64).status == 0);
  BOOST_TEST(disk.value_of(64, 64) != 0);
  // WRITE SAME still writes what it was told.
  BOOST_TEST(disk.write_same(64, 64, true).status == 0);
  BOOST_TEST(disk.value_of(64, 64) == 0);
  BOOST_TEST(disk.mapped(64));
}

BOOST_AUTO_TEST_CASE(a_thick_disk_gives_nothing_back) {
  Disk disk({.thin = false});
  std::vector<std::uint8_t> list(24);
  BOOST_TEST(disk.refusal(0, scsi::unmap(), out, 24) == "5/20/00");
  BOOST_TEST(disk.refusal(0, scsi::get_lba_status(0, 24), Direction::from_device, 24) == "5/24/00");
  BOOST_TEST(disk.refusal(0, scsi::write_same(8, 16, true), out, 512) == "5/24/00");
  BOOST_TEST(disk.write_same(8, 16, false).status == 0);
  BOOST_TEST(disk.value_of(8, 16) == 0);
}

BOOST_AUTO_TEST_CASE(extents_follow_one_another_to_the_end) {
  Disk disk({.block_size = 4096});
  BOOST_TEST(disk.write_same(10, 5, true, 0, 4096).status == 0);
  BOOST_TEST(disk.write_same(100, 1, true, 0, 4096).status == 0);
  const auto answer = disk.ask(0, scsi::get_lba_status(3, 4096));
  scsi::LbaStatusReader reader(answer);
  std::vector<std::pair<std::uint64_t, bool>> ends;
  std::uint64_t next = 3;
  while (const auto extent = reader.next()) {
    BOOST_TEST(extent->lba == next);
    next = extent->end();
    ends.emplace_back(next, extent->mapped);
  }
  BOOST_TEST((ends == std::vector<std::pair<std::uint64_t, bool>>{
                          {10, true}, {15, false}, {100, true}, {101, false}, {256, true}}));
  BOOST_TEST(disk.refusal(0, scsi::get_lba_status(256, 24), Direction::from_device, 24) ==
             "5/21/00");
}

BOOST_AUTO_TEST_CASE(a_write_protected_disk_keeps_what_it_has) {
  test::TemporaryFolder folder;
  const std::string image = (folder.path() / "disk.img").string();
  { const Disk disk({.image = image}); }
  TestDisk disk({.image = image, .read_only = true});
  disk.settle();
  auto data = filled(512, 0);
  BOOST_TEST(test::sense_text(disk.run(0, scsi::write_same(0, 8, true), out, data)) == "7/27/00");
  std::vector<std::uint8_t> list(scsi::unmap_list_size);
  scsi::put_unmap_list(list, 0, 8);
  BOOST_TEST(test::sense_text(disk.run(0, scsi::unmap(), out, list)) == "7/27/00");
}

BOOST_FIXTURE_TEST_CASE(an_unmap_list_that_is_none_is_refused, Default) {
  std::vector<std::uint8_t> list(24);
  // Shorter than its header; a range that wraps; more blocks than B0h allows.
  Cdb cdb = scsi::unmap();
  cdb.bytes[8] = 4;
  BOOST_TEST(test::sense_text(run(0, cdb, out, list)) == "5/1a/00");
  scsi::put_unmap_list(list, ~std::uint64_t{0}, 2);
  BOOST_TEST(test::sense_text(run(0, scsi::unmap(), out, list)) == "5/21/00");
  // An empty one is none.
  list.assign(24, 0);
  BOOST_TEST(run(0, scsi::unmap(), out, list).status == 0);
}

BOOST_AUTO_TEST_CASE(the_used_space_is_told) {
  Disk disk;
  const auto used = [&] {
    const auto answer = disk.ask(0, scsi::log_sense(scsi::log_page_provisioning, 512));
    return scsi::parse_used_resources(answer).value() * 4096ULL;
  };
  BOOST_TEST(disk.run(0, scsi::synchronize_cache()).status == 0);
  const std::uint64_t full = used();
  BOOST_TEST(full == TestDisk::default_size);
  BOOST_TEST(disk.unmap(0, 1024).status == 0);
  BOOST_TEST(used() == full - 1024 * 512);
  Disk thick({.thin = false});
  BOOST_TEST(thick.refusal(0, scsi::log_sense(scsi::log_page_provisioning, 64),
                           Direction::from_device, 64) == "5/20/00");
}

// A volatile cache: what is flushed is kept, the rest goes with the power.

BOOST_AUTO_TEST_CASE(a_volatile_cache_loses_what_was_not_flushed) {
  Disk disk({.volatile_cache = true});
  BOOST_TEST(disk.run(0, scsi::synchronize_cache()).status == 0);
  auto kept = filled(512, 1);
  auto lost = filled(512, 2);
  disk.write(0, 5, 1, kept);
  BOOST_TEST(disk.run(0, scsi::synchronize_cache()).status == 0);
  disk.write(0, 5, 1, lost);
  disk.write(1, 6, 1, lost);
  BOOST_TEST(disk.value_of(5, 2) == 2);  // any path sees it
  disk.write(0, 7, 1, kept, true);       // FUA
  disk.set_fault(0, "power-loss");
  disk.settle();
  // The forced write took the older ones along.
  BOOST_TEST(disk.value_of(5, 2) == 2);
  BOOST_TEST(disk.value_of(7, 1) == 1);
  disk.put(5, 3, 3);
  disk.set_fault(0, "power-loss");
  disk.settle();
  BOOST_TEST(disk.value_of(5, 2) == 2);
  BOOST_TEST(disk.value_of(7, 1) == 1);
  BOOST_TEST(disk.value_of(8, 1) == 0x77);
}

BOOST_AUTO_TEST_CASE(without_a_cache_a_loss_of_power_loses_nothing) {
  Disk disk;
  disk.put(5, 1, 2);
  disk.set_fault(0, "power-loss");
  disk.settle();
  BOOST_TEST(disk.value_of(5, 1) == 2);
}

BOOST_AUTO_TEST_CASE(a_volatile_cache_agrees_with_what_is_done_to_the_image) {
  Disk disk({.volatile_cache = true});
  disk.put(64, 64, 9);
  BOOST_TEST(disk.unmap(72, 8).status == 0);
  BOOST_TEST(disk.value_of(72, 8) == 0);
  BOOST_TEST(disk.value_of(64, 8) == 9);
  BOOST_TEST(disk.write_same(64, 4, false, 4).status == 0);
  BOOST_TEST(disk.value_of(64, 4) == 4);
  BOOST_TEST(disk.value_of(68, 4) == 9);
  disk.put(73, 1, 8);
  BOOST_TEST(disk.mapped(72));
  BOOST_TEST(disk.value_of(73, 1) == 8);
  BOOST_TEST(disk.value_of(72, 1) == 0);
}

// What the file system below does not do, or fails at.

BOOST_AUTO_TEST_CASE(where_the_image_can_have_no_holes_zeros_are_written) {
  const test::ScriptedIoScope honest;
  Disk disk;
  scripted_io.punch_error = EOPNOTSUPP;
  BOOST_TEST(disk.unmap(64, 16).status == 0);
  BOOST_TEST(disk.write_same(96, 16, true).status == 0);
  BOOST_TEST(disk.value_of(64, 16) == 0);
  BOOST_TEST(disk.value_of(96, 16) == 0);
  BOOST_TEST(disk.value_of(80, 16) == 0x77);
  BOOST_TEST(disk.mapped(64));
}

BOOST_AUTO_TEST_CASE(a_failure_below_is_told) {
  const test::ScriptedIoScope honest;
  Disk disk;
  std::vector<std::uint8_t> list(scsi::unmap_list_size);
  scsi::put_unmap_list(list, 64, 16);
  auto zeros = filled(512, 0);
  scripted_io.punch_error = EIO;
  BOOST_TEST(test::sense_text(disk.run(0, scsi::unmap(), out, list)) == "3/0c/00");
  BOOST_TEST(test::sense_text(disk.run(0, scsi::write_same(64, 8, true), out, zeros)) == "3/0c/00");
  scripted_io.punch_error = 0;
  scripted_io.error = ENOSPC;
  BOOST_TEST(test::sense_text(disk.run(0, scsi::write_same(64, 8, false), out, zeros)) ==
             "7/27/07");
  scripted_io.error = 0;
  scripted_io.interrupts = 2;  // asks again
  BOOST_TEST(disk.run(0, scsi::unmap(), out, list).status == 0);
  BOOST_TEST(disk.value_of(64, 16) == 0);
}

BOOST_AUTO_TEST_CASE(what_a_cache_cannot_write_it_keeps) {
  const test::ScriptedIoScope honest;
  Disk disk({.volatile_cache = true});
  BOOST_TEST(disk.run(0, scsi::synchronize_cache()).status == 0);
  disk.put(5, 1, 9);
  scripted_io.error = EIO;
  BOOST_TEST(test::sense_text(disk.run(0, scsi::synchronize_cache())) == "3/0c/00");
  scripted_io.error = 0;
  BOOST_TEST(disk.value_of(5, 1) == 9);
  BOOST_TEST(disk.run(0, scsi::synchronize_cache()).status == 0);
  disk.set_fault(0, "power-loss");
  disk.settle();
  BOOST_TEST(disk.value_of(5, 1) == 9);
}

BOOST_AUTO_TEST_SUITE_END()
