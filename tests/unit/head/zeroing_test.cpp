// SPDX-License-Identifier: LGPL-2.1-or-later
// Zeros, with and without their space, and where data is: by whatever the disk can.
#include "zeroing.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <vector>

#include "head_world.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

namespace {

using Thin = ScriptedDisk::Thin;

const Thin thick{};
const Thin by_write_same{
    .told = true, .reads_zeros = true, .unmap = true, .write_same_unmaps = true};
const Thin by_unmap{.told = true, .reads_zeros = true, .unmap = true, .write_same = false};
const Thin deaf_to_unmap{.told = true, .reads_zeros = true, .unmap = true, .ignores = true};
const Thin tells_no_status{
    .told = true, .reads_zeros = true, .unmap = true, .status = false, .ignores = true};
const Thin keeps_garbage{.told = true, .unmap = true, .write_same_unmaps = true};
const Thin knows_nothing{.write_same = false};

struct World : HeadWorld {
  explicit World(const Thin& thin, std::uint32_t block = 512, std::uint32_t max_transfer = 0)
      : HeadWorld({.identity = {.block_size = block,
                                .blocks = (1U << 20) / block,
                                .max_transfer_blocks = max_transfer},
                   .paths = 0}) {
    disk->resize((1U << 20) / block);
    disk->thin = thin;
    for (std::size_t i = 0; i < disk->data.size(); ++i) {
      disk->data[i] = static_cast<std::uint8_t>(i * 7 + i / 251 + 1);
    }
    add_path();
    add_path();
  }
  TestRequest& go(Operation operation, std::uint64_t offset, std::size_t length = 0) {
    TestRequest& request = start(prepare(operation, offset, length));
    settle();
    return request;
  }
  std::size_t count(bool (Seen::*is)() const noexcept) {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < 2; ++i) {
      sum += static_cast<std::size_t>(
          std::ranges::count_if(path(i).log, [&](const Seen& seen) { return (seen.*is)(); }));
    }
    return sum;
  }
  bool all_unmapped(std::uint64_t first, std::uint64_t end) {
    bool all = true;
    for (; first < end; ++first) all = all && disk->is_unmapped(first);
    return all;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(zeroing)

BOOST_AUTO_TEST_CASE(every_disk_and_every_shape_changes_its_own_bytes_only) {
  for (const Thin& thin : {thick, by_write_same, by_unmap, deaf_to_unmap, tells_no_status,
                           keeps_garbage, knows_nothing}) {
    for (const std::uint32_t block : {512U, 4096U}) {
      World world(thin, block, 16);
      const std::uint64_t b = block;
      for (const Operation operation : {Operation::zero, Operation::discard}) {
        for (const std::uint64_t offset :
             {std::uint64_t{0}, std::uint64_t{1}, b - 1, 3 * b, 8 * b, 5 * b - 7}) {
          for (const std::uint64_t length :
               {std::uint64_t{1}, b - 1, b, b + 1, 9 * b, 24 * b + 13, 40 * b}) {
            BOOST_TEST_REQUIRE(world.write(0, 64 * b).is_good());
            auto expected = world.disk->data;
            BOOST_TEST_REQUIRE(world.go(operation, offset, length).is_good());
            std::fill_n(expected.begin() + static_cast<std::ptrdiff_t>(offset), length,
                        std::uint8_t{0});
            BOOST_TEST_REQUIRE((world.disk->data == expected));
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_granule_that_no_command_can_unmap_is_not_unmapped) {
  Zeroing zeroing;
  Provisioning told;
  told.thin = told.unmap = told.reads_zeros = true;
  told.granularity = 1U << 23;
  told.max_unmap = 1U << 24;
  zeroing.learn(told);
  BOOST_TEST((zeroing.choose(true) == ZeroBy::unmap));
  std::uint64_t blocks = std::uint64_t{1} << 24;
  BOOST_TEST((zeroing.plan(true, 0, blocks, 512) != ZeroBy::unmap));
  BOOST_TEST(blocks > 0U);
}

BOOST_AUTO_TEST_CASE(zeros_of_which_no_data_came_are_written) {
  World world(by_write_same);
  BOOST_TEST(world.write(0, 512 * 8).is_good());
  world.path(0).script_check(Answer::residual_of(512));  // GOOD, and nothing is done
  BOOST_TEST(world.go(Operation::zero, 0, 512 * 8).is_good());
  BOOST_TEST(std::all_of(world.disk->data.begin(), world.disk->data.begin() + 512 * 8,
                         [](std::uint8_t byte) { return byte == 0; }));
  BOOST_TEST(world.count(&Seen::is_write_same) == 1U);
}

BOOST_AUTO_TEST_CASE(a_discard_gives_space_back_and_a_zero_keeps_it) {
  World world(by_write_same);
  BOOST_TEST(world.go(Operation::discard, 512 * 16, 512 * 32).is_good());
  BOOST_TEST(world.all_unmapped(16, 48));
  BOOST_TEST(world.count(&Seen::is_write_same) == 1U);
  BOOST_TEST(world.count(&Seen::is_write) == 0U);
  BOOST_TEST(world.go(Operation::zero, 512 * 20, 512 * 4).is_good());
  BOOST_TEST(!world.disk->is_unmapped(20));
  BOOST_TEST(world.status().counters.unmaps == 1U);
}

BOOST_AUTO_TEST_CASE(unmap_is_believed_only_when_the_disk_says_what_came_of_it) {
  World world(by_unmap);
  BOOST_TEST(world.go(Operation::discard, 512 * 13, 512 * 40).is_good());
  BOOST_TEST(world.count(&Seen::is_unmap) == 1U);
  BOOST_TEST(world.all_unmapped(16, 48));  // the whole granules
  World deaf(deaf_to_unmap);
  BOOST_TEST(deaf.go(Operation::discard, 0, 512 * 64).is_good());
  BOOST_TEST(deaf.count(&Seen::is_unmap) == 1U);
  BOOST_TEST(std::all_of(deaf.disk->data.begin(), deaf.disk->data.begin() + 512 * 64,
                         [](std::uint8_t byte) { return byte == 0; }));
}

BOOST_AUTO_TEST_CASE(without_lbprz_nothing_is_unmapped) {
  World world(keeps_garbage);
  BOOST_TEST(world.go(Operation::discard, 0, 512 * 64).is_good());
  BOOST_TEST(world.count(&Seen::is_unmap) == 0U);
  BOOST_TEST(!world.disk->is_unmapped(0));
}

BOOST_AUTO_TEST_CASE(what_a_disk_has_refused_it_is_not_asked_again) {
  World world(knows_nothing);
  BOOST_TEST(world.go(Operation::zero, 0, 4096).is_good());
  BOOST_TEST(world.count(&Seen::is_write_same) == 1U);
  BOOST_TEST(world.go(Operation::zero, 8192, 4096).is_good());
  BOOST_TEST(world.count(&Seen::is_write_same) == 1U);
  BOOST_TEST(world.status().counters.errors == 0U);
  BOOST_TEST(world.status().paths_usable == 2U);
}

BOOST_AUTO_TEST_CASE(limits_of_one_command_are_kept) {
  Thin limited = by_write_same;
  limited.max_write_same = 10;
  World world(limited);
  BOOST_TEST(world.go(Operation::discard, 0, 512 * 35).is_good());
  BOOST_TEST(world.count(&Seen::is_write_same) == 4U);
  limited = by_unmap;
  limited.max_unmap = 20;  // two granules of 8
  World other(limited);
  BOOST_TEST(other.go(Operation::discard, 0, 512 * 64).is_good());
  BOOST_TEST(other.count(&Seen::is_unmap) == 4U);
  BOOST_TEST(other.all_unmapped(0, 64));
}

BOOST_AUTO_TEST_CASE(a_path_that_fails_on_the_way_costs_nothing) {
  for (const Thin& thin : {by_write_same, by_unmap, thick}) {
    for (int fails_at = 0; fails_at < 4; ++fails_at) {
      World world(thin);
      for (int i = 0; i < fails_at; ++i) world.path(0).script_io(Answer::good());
      world.path(0).script_io(Answer::host_byte(0x01));
      auto expected = world.disk->data;
      auto& request = world.go(Operation::discard, 100, 512 * 40);
      world.advance(1s);
      BOOST_TEST(request.is_good());
      std::fill_n(expected.begin() + 100, 512 * 40, std::uint8_t{0});
      BOOST_TEST((world.disk->data == expected));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_discard_and_an_overlapping_write_are_never_in_flight_together) {
  World world(by_write_same);
  world.path(0).hold_io = world.path(1).hold_io = true;
  auto& discard = world.start(world.prepare(Operation::discard, 0, 512 * 64));
  auto& inside = world.start(world.prepare(Operation::write, 512 * 63 + 5, 512));
  auto& apart = world.start(world.prepare(Operation::write, 512 * 64 + 512, 512));
  world.settle();
  BOOST_TEST(world.path(0).held() + world.path(1).held() == 2U);
  world.path(0).hold_io = world.path(1).hold_io = false;
  world.path(0).complete_all_held();
  world.path(1).complete_all_held();
  world.settle();
  BOOST_TEST(discard.is_good());
  BOOST_TEST(apart.is_good());
  BOOST_TEST(inside.is_good());
  BOOST_TEST(discard.done_as < inside.done_as);
  BOOST_TEST(world.agrees_with_disk(inside));
}

BOOST_AUTO_TEST_CASE(the_disks_end_and_write_protection) {
  World world(by_write_same);
  const std::uint64_t size = world.disk->data.size();
  BOOST_TEST(world.go(Operation::discard, size - 100, 4096).is_good());
  BOOST_TEST(world.disk->data[size - 101] != 0);
  BOOST_TEST(world.disk->data[size - 100] == 0);
  BOOST_TEST(world.go(Operation::zero, size + 5, 4096).is_good());
  HeadWorld protect({.paths = 0});
  protect.disk->write_protected = true;
  protect.add_path();
  auto& refused = protect.start(protect.prepare(Operation::zero, 0, 4096));
  protect.settle();
  BOOST_TEST((refused.error == IoError::read_only));
}

BOOST_AUTO_TEST_CASE(an_error_of_the_medium_reaches_the_caller) {
  World world(by_write_same);
  world.path(0).every_io = world.path(1).every_io = Answer::sense(3, 0x0c, 0);
  auto& request = world.go(Operation::discard, 0, 4096);
  world.advance(1min);
  BOOST_TEST((request.error == IoError::medium));
}

BOOST_AUTO_TEST_CASE(seeks_find_the_next_data_and_the_next_hole) {
  World world(by_write_same);
  const std::uint64_t size = world.disk->data.size();
  const auto found = [&](Operation operation, std::uint64_t from) {
    auto& request = world.go(operation, from);
    BOOST_TEST(request.is_done());
    BOOST_TEST((request.error == IoError::none));
    return request.found;
  };
  constexpr auto data = Operation::seek_data;
  constexpr auto hole = Operation::seek_hole;
  BOOST_TEST(found(data, 4097) == 4097U);
  BOOST_TEST(found(hole, 4097) == size);
  world.disk->set_unmapped(16, 16, true);
  BOOST_TEST(found(hole, 0) == 16U * 512);
  BOOST_TEST(found(hole, 16 * 512 + 7) == 16U * 512 + 7);
  BOOST_TEST(found(data, 16 * 512 + 7) == 32U * 512);
  // More extents than one answer has.
  for (std::uint64_t lba = 100; lba < 140; lba += 2) world.disk->set_unmapped(lba, 1, true);
  world.disk->set_unmapped(140, size / 512 - 140, true);
  BOOST_TEST(found(data, 139 * 512) == 139U * 512);
  BOOST_TEST(found(data, 140 * 512) == Request::not_found);
  BOOST_TEST(found(hole, 139 * 512 + 1) == 140U * 512);
  BOOST_TEST(found(data, size) == Request::not_found);
}

BOOST_AUTO_TEST_CASE(where_nothing_is_told_all_is_data) {
  for (const Thin& thin : {thick, keeps_garbage, tells_no_status}) {
    World world(thin);
    world.disk->set_unmapped(0, 16, true);
    BOOST_TEST(world.go(Operation::seek_data, 5).found == 5U);
    BOOST_TEST(world.go(Operation::seek_hole, 5).found == world.disk->data.size());
  }
}

BOOST_AUTO_TEST_CASE(a_seek_waits_for_a_path_like_a_read) {
  World world(by_write_same);
  world.path(0).go_down();
  world.path(1).go_down();
  auto& request = world.go(Operation::seek_hole, 0);
  BOOST_TEST(!request.is_done());
  BOOST_TEST(world.status().held == 1U);
  world.path(1).come_back();
  world.advance(10s);
  BOOST_TEST(request.found == world.disk->data.size());
}

BOOST_AUTO_TEST_SUITE_END()
