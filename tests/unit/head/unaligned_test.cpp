// SPDX-License-Identifier: LGPL-2.1-or-later
// Any offset and length: blocks are read, modified and written, safely against each other.
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "head_world.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

namespace {

void fill(HeadWorld& world) {
  for (std::size_t i = 0; i < world.disk->data.size(); ++i)
    world.disk->data[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(unaligned)

BOOST_AUTO_TEST_CASE(every_shape_changes_its_own_bytes_only) {
  for (const std::uint32_t block : {512U, 4096U}) {
    HeadWorld world({.identity = {.block_size = block, .blocks = 64, .max_transfer_blocks = 3}});
    fill(world);
    const std::uint64_t b = block;
    for (const std::uint64_t offset :
         {std::uint64_t{0}, std::uint64_t{1}, b - 1, b, b + 100, 5 * b - 7})
      for (const std::uint64_t length :
           {std::uint64_t{1}, std::uint64_t{100}, b - 1, b, b + 1, 2 * b, 5 * b + 13, 9 * b}) {
        auto expected = world.disk->data;
        auto& write = world.write(offset, length);
        BOOST_TEST_REQUIRE(write.is_good());
        std::copy(write.buffer.begin(), write.buffer.end(),
                  expected.begin() + static_cast<std::ptrdiff_t>(offset));
        BOOST_TEST_REQUIRE((world.disk->data == expected));
        auto& read = world.read(offset, length);
        BOOST_TEST_REQUIRE(read.is_good());
        BOOST_TEST_REQUIRE((read.buffer == write.buffer));
      }
  }
}

BOOST_AUTO_TEST_CASE(aligned_writes_read_nothing) {
  HeadWorld world;
  BOOST_TEST(world.write(1024, 4096).is_good());
  BOOST_TEST(world.path(0).count_reads() == 0U);
  BOOST_TEST(world.write(1024, 4000).is_good());
  BOOST_TEST(world.path(0).count_reads() == 1U);
}

BOOST_AUTO_TEST_CASE(two_parts_of_one_block_do_not_undo_each_other) {
  HeadWorld world;
  fill(world);
  world.path(0).hold_io = true;
  auto& first = world.write(0, 100);
  auto& second = world.write(100, 100);
  BOOST_TEST(world.path(0).held() == 1U);  // the second waits
  BOOST_TEST(world.status().held == 1U);
  for (int i = 0; i < 8 && world.path(0).held() > 0; ++i) {
    world.path(0).complete_held();
    world.settle();
  }
  BOOST_TEST(first.is_good());
  BOOST_TEST(second.is_good());
  BOOST_TEST(world.agrees_with_disk(first));
  BOOST_TEST(world.agrees_with_disk(second));
  BOOST_TEST(world.disk->data[200] == static_cast<std::uint8_t>(200 * 7));
}

BOOST_AUTO_TEST_CASE(overlapping_writes_are_never_in_flight_together) {
  HeadWorld world;
  world.path(0).hold_io = world.path(1).hold_io = true;
  auto& first = world.write(0, 4096);
  auto& second = world.write(2048, 4096);
  auto& apart = world.write(8192, 512);
  BOOST_TEST(world.path(0).held() == 2U);
  world.path(0).complete_held(0);
  world.settle();
  BOOST_TEST(first.is_good());
  BOOST_TEST(!second.is_done());
  BOOST_TEST(world.path(0).held() == 2U);
  world.path(0).complete_all_held();
  world.settle();
  BOOST_TEST(second.is_good());
  BOOST_TEST(apart.is_good());
  BOOST_TEST(world.agrees_with_disk(second));
}

BOOST_AUTO_TEST_CASE(waiters_are_served_in_their_order) {
  HeadWorld world;
  world.path(0).hold_io = true;
  auto& first = world.write(0, 1024);
  auto& second = world.write(512, 1024);
  auto& third = world.write(0, 512);      // free of the second, but not of the first
  auto& fourth = world.write(1024, 512);  // free of the first, but the second came before
  BOOST_TEST(world.path(0).held() == 1U);
  world.path(0).hold_io = false;
  world.path(0).complete_all_held();
  world.settle();
  for (const TestRequest* request : {&first, &second, &third, &fourth})
    BOOST_TEST(request->is_good());
  BOOST_TEST(second.done_as < fourth.done_as);
  BOOST_TEST(world.agrees_with_disk(third));
  BOOST_TEST(world.agrees_with_disk(fourth));
}

BOOST_AUTO_TEST_CASE(reads_and_flushes_wait_for_no_range) {
  HeadWorld world;
  world.path(0).hold_io = true;
  world.write(0, 512);
  world.start(world.prepare(Operation::read, 0, 512));
  world.start(world.prepare(Operation::flush, 0, 0));
  world.settle();
  BOOST_TEST(world.path(0).held() == 3U);
}

BOOST_AUTO_TEST_CASE(the_range_is_kept_over_a_failover) {
  HeadWorld world;
  fill(world);
  world.path(0).script_io(Answer::good());           // the read of the edge
  world.path(0).script_io(Answer::host_byte(0x01));  // the write of it
  world.path(1).hold_io = true;
  auto& first = world.write(10, 100);
  auto& second = world.write(20, 100);
  BOOST_TEST_REQUIRE(world.path(1).held() == 1U);
  BOOST_TEST(world.path(1).held_command(0).is_write());
  world.path(1).hold_io = false;
  world.path(1).complete_all_held();
  world.settle();
  BOOST_TEST(first.is_good());
  BOOST_TEST(second.is_good());
  BOOST_TEST(world.agrees_with_disk(second));
  BOOST_TEST(world.disk->data[10] == first.buffer[0]);
  BOOST_TEST(world.disk->data[120] == static_cast<std::uint8_t>(120 * 7));
}

BOOST_AUTO_TEST_CASE(a_failed_write_frees_its_range) {
  HeadWorld world;
  world.path(0).script_io(Answer::sense(3, 0x11, 0x00));
  BOOST_TEST((world.write(10, 100).error == IoError::medium));
  BOOST_TEST(world.write(20, 100).is_good());
}

BOOST_AUTO_TEST_CASE(the_disk_ends_where_it_ends) {
  HeadWorld world;
  const std::uint64_t size = 2048 * 512;
  auto& across = world.write(size - 700, 1000);
  BOOST_TEST((across.error == IoError::none));
  BOOST_TEST(across.transferred == 700U);
  BOOST_TEST(world.agrees_with_disk(across));
  auto& read = world.read(size - 700, 1000);
  BOOST_TEST((read.error == IoError::none));
  BOOST_TEST(read.transferred == 700U);
  BOOST_TEST(world.agrees_with_disk(read));
  for (const std::uint64_t offset : {size, size + 1, ~std::uint64_t{0}}) {
    BOOST_TEST((world.write(offset, 1).error == IoError::no_space));
    auto& past = world.read(offset, 1);
    BOOST_TEST((past.error == IoError::none));
    BOOST_TEST(past.transferred == 0U);
  }
  const std::uint64_t before = world.path(0).commands;
  BOOST_TEST((world.write(0, 0).error == IoError::none));
  BOOST_TEST((world.read(0, 0).error == IoError::none));
  BOOST_TEST(world.path(0).commands == before);
}

BOOST_AUTO_TEST_CASE(a_write_protected_disk_takes_no_writes) {
  HeadWorld world({.paths = 0});
  world.disk->write_protected = true;
  world.add_path();
  BOOST_TEST(world.head().geometry().read_only);
  BOOST_TEST((world.write(0, 512).error == IoError::read_only));
  BOOST_TEST(world.read(0, 512).is_good());
  BOOST_TEST(world.flush().is_good());
}

BOOST_AUTO_TEST_SUITE_END()
