// SPDX-License-Identifier: LGPL-2.1-or-later
// READ, WRITE and SYNCHRONIZE CACHE through the Transport interface, and how they fail.
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <filesystem>
#include <numeric>

#include "scripted_io.h"
#include "test_disk.h"

using namespace scsimpath;
using test::filled;
using test::raw_cdb;
using test::scripted_io;
using test::TestDisk;

BOOST_AUTO_TEST_SUITE(media)

namespace {

constexpr auto in = Direction::from_device;
constexpr auto out = Direction::to_device;

struct Disk : TestDisk {
  Disk() { settle(); }
  test::ScriptedIoScope honest;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(what_one_port_writes_the_other_reads, Disk) {
  std::vector<std::uint8_t> written(4096);
  std::iota(written.begin(), written.end(), std::uint8_t{1});
  const auto result = write(0, 5, 8, written);
  BOOST_TEST(result.status == 0);
  BOOST_TEST(result.host == 0);
  BOOST_TEST(result.residual == 0);
  BOOST_TEST(result.sense_length == 0);
  auto got = filled(4096, 0);
  BOOST_TEST(read(1, 5, 8, got).residual == 0);
  BOOST_TEST(got == written, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(sixteen_byte_forms, Disk) {
  auto data = filled(512, 0x77);
  BOOST_TEST(
      run(0, raw_cdb({0x8a, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0}), out, data).status == 0);
  auto got = filled(512, 0);
  BOOST_TEST(run(0, raw_cdb({0x88, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0}), in, got).status ==
             0);
  BOOST_TEST(got == data, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(blocks_of_4096_bytes) {
  TestDisk disk({.block_size = 4096});
  disk.settle();
  auto data = filled(4096, 0x33);
  BOOST_TEST(disk.write(0, 255, 1, data).status == 0);
  BOOST_TEST(disk.refusal(0, scsi::write(256, 1, false), out, 4096) == "5/21/00");
  BOOST_TEST(std::filesystem::file_size(disk.image) == TestDisk::default_size);
}

BOOST_FIXTURE_TEST_CASE(the_end_of_the_disk, Disk) {
  const std::uint64_t blocks = default_size / 512;
  auto data = filled(1024, 1);
  BOOST_TEST(write(0, blocks - 2, 2, data).status == 0);
  BOOST_TEST(refusal(0, scsi::write(blocks - 1, 2, false), out, 1024) == "5/21/00");
  BOOST_TEST(refusal(0, scsi::read(blocks - 1, 2), in, 1024) == "5/21/00");
  BOOST_TEST(refusal(0, scsi::read(blocks, 1), in, 512) == "5/21/00");
  // An address whose sum with the count would wrap.
  BOOST_TEST(refusal(0, scsi::read(~std::uint64_t{0}, 1), in, 512) == "5/21/00");
  BOOST_TEST(std::filesystem::file_size(image) == default_size);
}

BOOST_FIXTURE_TEST_CASE(no_blocks_is_no_error, Disk) {
  BOOST_TEST(run(0, scsi::read(3, 0), in).status == 0);
  BOOST_TEST(run(0, scsi::write(3, 0, false), out).status == 0);
  BOOST_TEST(scripted_io.transfers == 0);
}

BOOST_AUTO_TEST_CASE(no_more_than_block_limits_say) {
  TestDisk disk({.size = 16U << 20});
  disk.settle();
  auto data = filled((4U << 20) + 512, 9);
  BOOST_TEST(disk.read(0, 0, (4U << 20) / 512, Bytes(data).first(4U << 20)).status == 0);
  BOOST_TEST(disk.refusal(0, scsi::read(0, (4U << 20) / 512 + 1), in, data.size()) == "5/24/00");
}

BOOST_FIXTURE_TEST_CASE(a_buffer_smaller_than_the_cdb_says, Disk) {
  auto data = filled(512, 9);
  const auto result = write(0, 0, 2, data);
  BOOST_TEST(result.host == 0x07);
  BOOST_TEST(result.residual == 512);
  BOOST_TEST(read(0, 0, 2, data).host == 0x07);
}

BOOST_FIXTURE_TEST_CASE(a_larger_buffer_shows_in_the_residual, Disk) {
  auto data = filled(1536, 9);
  BOOST_TEST(read(0, 0, 1, data).residual == 1024);
  BOOST_TEST((data[511] == 0 && data[512] == 9));
}

BOOST_FIXTURE_TEST_CASE(data_the_wrong_way_is_not_moved, Disk) {
  auto data = filled(512, 9);
  BOOST_TEST(run(0, scsi::read(0, 1), out, data).residual == 512);
  BOOST_TEST(run(0, scsi::write(0, 1, false), in, data).residual == 512);
  BOOST_TEST(data == filled(512, 9), boost::test_tools::per_element());
  BOOST_TEST(scripted_io.transfers == 0);
}

BOOST_FIXTURE_TEST_CASE(fua_and_flush_reach_stable_storage, Disk) {
  auto data = filled(512, 9);
  BOOST_TEST(write(0, 0, 1, data).status == 0);
  BOOST_TEST(scripted_io.flushes == 0);
  BOOST_TEST(write(0, 0, 1, data, true).status == 0);
  BOOST_TEST(scripted_io.flushes == 1);
  BOOST_TEST(run(0, scsi::synchronize_cache()).status == 0);
  BOOST_TEST(scripted_io.flushes == 2);
  BOOST_TEST(run(0, raw_cdb({0x91, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})).status == 0);
  BOOST_TEST(run(0, raw_cdb({0x35, 0, 0, 0, 0, 9, 0, 0, 1, 0})).status == 0);
  BOOST_TEST(scripted_io.flushes == 4);
  BOOST_TEST(refusal(0, raw_cdb({0x35, 0, 0xff, 0, 0, 9, 0, 0, 1, 0})) == "5/21/00");
}

BOOST_FIXTURE_TEST_CASE(short_and_interrupted_system_calls_go_on, Disk) {
  auto data = filled(4096, 0x42);
  scripted_io.most = 100;
  scripted_io.interrupts = 3;
  BOOST_TEST(write(0, 1, 8, data, true).residual == 0);
  scripted_io.interrupts = 3;
  auto got = filled(4096, 0);
  BOOST_TEST(read(0, 1, 8, got).residual == 0);
  BOOST_TEST(got == data, boost::test_tools::per_element());
  scripted_io.interrupts = 3;
  BOOST_TEST(run(0, scsi::synchronize_cache()).status == 0);
}

BOOST_AUTO_TEST_CASE(a_flush_that_failed_fails_until_the_image_is_opened_anew) {
  test::ScriptedIoScope honest;
  test::TemporaryFolder folder;
  const std::string image = (folder.path() / "disk.img").string();
  {
    TestDisk disk({.image = image});
    disk.settle();
    auto data = filled(512, 9);
    scripted_io.flush_error = EIO;
    BOOST_TEST(disk.refusal(0, scsi::synchronize_cache()) == "3/0c/00");
    scripted_io.flush_error = 0;  // the kernel tells of it once
    BOOST_TEST(disk.refusal(0, scsi::synchronize_cache()) == "3/0c/00");
    BOOST_TEST(disk.refusal(1, scsi::synchronize_cache()) == "3/0c/00");
    BOOST_TEST(disk.write(0, 0, 1, data, true).status == 2);
    BOOST_TEST(disk.write(0, 0, 1, data).status == 0);
  }
  TestDisk disk({.image = image});
  disk.settle();
  BOOST_TEST(disk.run(0, scsi::synchronize_cache()).status == 0);
}

BOOST_AUTO_TEST_CASE(errors_of_the_image) {
  struct Row {
    int error;
    const char *read, *write;
  };
  for (const Row& row : {Row{EIO, "3/11/00", "3/0c/00"}, Row{ENOSPC, "7/27/07", "7/27/07"},
                         Row{EDQUOT, "7/27/07", "7/27/07"}, Row{EBADF, "4/44/00", "4/44/00"},
                         Row{EROFS, "7/27/00", "7/27/00"}}) {
    BOOST_TEST_CONTEXT("errno " << row.error) {
      Disk disk;  // each its own: a failed flush stays
      scripted_io.error = row.error;
      BOOST_TEST(disk.refusal(0, scsi::read(4, 1), in, 512) == row.read);
      BOOST_TEST(disk.refusal(0, scsi::write(4, 1, false), out, 512) == row.write);
      BOOST_TEST(disk.refusal(0, scsi::synchronize_cache()) == row.write);
    }
  }
}

BOOST_FIXTURE_TEST_CASE(fua_that_fails_fails_the_write, Disk) {
  auto data = filled(512, 9);
  scripted_io.flush_error = EIO;
  const auto result = write(0, 0, 1, data, true);
  BOOST_TEST(result.status == 2);
  BOOST_TEST(test::sense_text(result) == "3/0c/00");
  BOOST_TEST(write(0, 0, 1, data).status == 0);
}

BOOST_FIXTURE_TEST_CASE(a_medium_error_tells_the_block, Disk) {
  // Somebody cut the image: what is beyond cannot be read.
  std::filesystem::resize_file(image, 512 * 10);
  auto data = filled(4096, 9);
  const auto result = read(0, 8, 8, data);
  BOOST_TEST(result.status == 2);
  BOOST_TEST(test::sense_text(result) == "3/11/00");
  BOOST_TEST(result.residual == 4096 - 1024);
  BOOST_TEST((scsi::decode_sense(result.sense_bytes()).information == 10U));
}

BOOST_AUTO_TEST_CASE(a_read_only_disk) {
  test::TemporaryFolder folder;
  const std::string image = (folder.path() / "disk.img").string();
  { TestDisk made({.image = image}); }
  TestDisk disk({.image = image, .read_only = true});
  disk.settle();
  auto data = filled(512, 9);
  BOOST_TEST(disk.read(0, 0, 1, data).status == 0);
  BOOST_TEST(disk.refusal(0, scsi::write(0, 1, false), out, 512) == "7/27/00");
  BOOST_TEST(disk.refusal(0, scsi::write(~0U, 1, false), out, 512) == "5/21/00");
  BOOST_TEST(disk.run(0, scsi::synchronize_cache()).status == 0);
}

BOOST_FIXTURE_TEST_CASE(everything_else_is_refused, Disk) {
  const std::vector<std::uint8_t> built{0x00, 0x03, 0x12, 0x1a, 0x25, 0x28, 0x2a, 0x35, 0x41, 0x42,
                                        0x4d, 0x5a, 0x88, 0x8a, 0x91, 0x93, 0x9e, 0xa0, 0xa3};
  for (unsigned opcode = 0; opcode < 256; ++opcode) {
    if (std::ranges::find(built, opcode) != built.end()) continue;
    BOOST_TEST_CONTEXT("opcode " << opcode) {
      Cdb cdb;
      cdb.bytes[0] = static_cast<std::uint8_t>(opcode);
      cdb.length = 16;
      BOOST_TEST(refusal(0, cdb) == "5/20/00");
    }
  }
}

BOOST_FIXTURE_TEST_CASE(fields_that_are_not_understood, Disk) {
  // Protection information, NACA, a CDB that is cut, unknown service actions and formats.
  BOOST_TEST(refusal(0, raw_cdb({0x28, 0x20, 0, 0, 0, 0, 0, 0, 1, 0}), in, 512) == "5/24/00");
  BOOST_TEST(refusal(0, raw_cdb({0x2a, 0x20, 0, 0, 0, 0, 0, 0, 1, 0}), out, 512) == "5/24/00");
  BOOST_TEST(refusal(0, raw_cdb({0x28, 0, 0, 0, 0, 0, 0, 0, 1, 4}), in, 512) == "5/24/00");
  BOOST_TEST(refusal(0, raw_cdb({0x28, 0, 0, 0, 0, 0, 0, 0, 1}), in, 512) == "5/24/00");
  BOOST_TEST(refusal(0, raw_cdb({0x00, 0, 0, 0, 0})) == "5/24/00");
  Cdb cdb = scsi::read_capacity_16(32);
  cdb.bytes[1] = 0x11;  // READ LONG
  BOOST_TEST(refusal(0, cdb, in, 32) == "5/24/00");
  cdb = scsi::report_target_port_groups(256, false);
  cdb.bytes[1] = 0x4a;
  BOOST_TEST(refusal(0, cdb, in, 256) == "5/24/00");
  cdb.bytes[1] = 0x0c;  // REPORT SUPPORTED OPERATION CODES
  BOOST_TEST(refusal(0, cdb, in, 256) == "5/24/00");
}

BOOST_AUTO_TEST_SUITE_END()
