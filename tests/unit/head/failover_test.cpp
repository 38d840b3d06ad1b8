// SPDX-License-Identifier: LGPL-2.1-or-later
// A master that meets an error: retried at all, and where?
#include <errno.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <vector>

#include "head_world.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

namespace {

std::vector<Seen> io_of(const ScriptedPath& path) {
  std::vector<Seen> io;
  for (const Seen& seen : path.log)
    if (seen.is_io() && seen.purpose == Purpose::io) io.push_back(seen);
  return io;
}

std::vector<Duration> gaps_of(const std::vector<Seen>& io) {
  std::vector<Duration> gaps;
  for (std::size_t i = 1; i < io.size(); ++i) gaps.push_back(io[i].when - io[i - 1].when);
  return gaps;
}

}  // namespace

// All paths are alike and numa takes the first in order, so the first command goes down p0.
BOOST_AUTO_TEST_SUITE(failover)

BOOST_AUTO_TEST_CASE(trap_03_every_final_status_that_is_a_path_error_fails_over) {
  const std::vector<Answer> errors{
      Answer::host_byte(0x01),      Answer::host_byte(0x03),      Answer::host_byte(0x04),
      Answer::host_byte(0x05),      Answer::host_byte(0x0f),      Answer::host_byte(0x14),
      Answer::host_byte(0x7f),      Answer::status_byte(0x30),    Answer::status_byte(0x02),
      Answer::sense(2, 0x04, 0x0b), Answer::sense(2, 0x04, 0x0c), Answer::sense(2, 0x04, 0x12),
      Answer::sense(2, 0x04, 0x03), Answer::sense(5, 0x25, 0x00), Answer::errno_value(ENODEV),
      Answer::errno_value(ENXIO)};
  for (std::size_t i = 0; i < errors.size(); ++i) {
    BOOST_TEST_CONTEXT("error " << i) {
      HeadWorld world;
      world.path(0).script_io(errors[i]);
      auto& request = world.write(4096, 8192);
      BOOST_TEST(request.is_good());
      BOOST_TEST(world.agrees_with_disk(request));
      BOOST_TEST((request.done_at == world.runtime.now()));
      BOOST_TEST(world.path(0).count_writes() == 1U);
      BOOST_TEST_REQUIRE(world.path(1).count_writes() == 1U);
      // Whole, on the other path.
      const Seen again = io_of(world.path(1)).front();
      BOOST_TEST(again.lba == 8U);
      BOOST_TEST(again.blocks == 16U);
      BOOST_TEST(world.status().counters.failovers == 1U);
      BOOST_TEST(world.status().counters.errors == 0U);
      BOOST_TEST(world.path_status(0).errors == 1U);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_path_error_takes_the_path_out_until_a_check_succeeds) {
  HeadWorld world;
  world.path(0).go_down();
  BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST(world.events.count(EventKind::path_failed, "p0") == 1U);
  BOOST_TEST((world.path_status(0).state == PathState::failed));
  BOOST_TEST(!world.path_status(0).reason.empty());
  BOOST_TEST((world.status().state == HeadState::degraded));
  world.path(0).log.clear();
  for (int i = 0; i < 10; ++i) BOOST_TEST(world.write(512, 512).is_good());
  BOOST_TEST(world.path(0).count_io() == 0U);

  world.path(0).come_back();
  world.advance(6s);
  BOOST_TEST((world.path_status(0).state == PathState::running));
  BOOST_TEST(world.events.count(EventKind::path_reinstated, "p0") == 1U);
  BOOST_TEST((world.status().state == HeadState::ok));
  BOOST_TEST(world.path_status(0).usable);
  BOOST_TEST(world.path_status(0).reason.empty());
}

BOOST_AUTO_TEST_CASE(trap_02_a_path_that_only_claims_to_work_is_demoted) {
  HeadWorld world;
  world.path(0).every_io = Answer::host_byte(0x01);  // its TEST UNIT READY is good
  for (int second = 0; second < 600; ++second) {
    BOOST_TEST_REQUIRE(world.write(512, 512).is_good());
    world.advance(1s);
  }
  // Every check brings it back, 120 of them in this time; I/O knows better, for longer each time.
  BOOST_TEST(world.path(0).count_io() >= 1U);
  BOOST_TEST(world.path(0).count_io() <= 20U);
  BOOST_TEST(world.path(1).count_io() == 600U);
}

BOOST_AUTO_TEST_CASE(trap_02_the_same_path_alone_does_not_keep_a_master_for_ever) {
  HeadWorld world({.paths = 1});
  world.path(0).every_io = Answer::host_byte(0x01);
  const Instant begin = world.runtime.now();
  auto& request = world.write(512, 512);
  world.advance(29s);
  BOOST_TEST(!request.is_done());
  world.advance(7s);
  BOOST_TEST_REQUIRE(request.is_done());
  BOOST_TEST((request.error == IoError::io));
  BOOST_TEST((request.done_at - begin >= 30s));
  // Once for each time it was reinstated, and no more.
  BOOST_TEST(world.path(0).count_io() <= 8U);
  BOOST_TEST(world.status().counters.errors == 1U);
}

BOOST_AUTO_TEST_CASE(with_fail_each_usable_path_is_asked_once) {
  HeadSettings settings;
  settings.no_path_timeout = 0s;
  HeadWorld world({.settings = settings, .paths = 3});
  for (std::size_t i = 0; i < 3; ++i) world.path(i).every_io = Answer::host_byte(0x01);
  auto& request = world.write(512, 512);
  BOOST_TEST_REQUIRE(request.is_done());
  BOOST_TEST((request.error == IoError::io));
  for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(world.path(i).count_io() == 1U);
}

BOOST_AUTO_TEST_CASE(a_short_transfer_is_repeated_whole_on_the_same_path_and_then_elsewhere) {
  HeadWorld world;
  world.path(0).script_io(Answer::residual_of(512));
  world.path(0).script_io(Answer::residual_of(3584));
  auto& request = world.prepare(Operation::read, 0, 4096);
  for (std::size_t i = 0; i < 4096; ++i) world.disk->data[i] = static_cast<std::uint8_t>(i * 3);
  world.start(request);
  world.advance(1s);
  BOOST_TEST(request.is_good());
  BOOST_TEST(world.agrees_with_disk(request));
  const auto first = io_of(world.path(0));
  BOOST_TEST_REQUIRE(first.size() == 2U);
  BOOST_TEST(first[1].blocks == 8U);
  BOOST_TEST((first[1].when - first[0].when == 10ms));
  BOOST_TEST_REQUIRE(io_of(world.path(1)).size() == 1U);
  BOOST_TEST(io_of(world.path(1))[0].blocks == 8U);
}

BOOST_AUTO_TEST_CASE(an_impossible_residual_is_told) {
  for (const std::int32_t residual : {-512, 4608}) {
    HeadWorld world;
    world.path(0).script_io(Answer::residual_of(residual));
    auto& request = world.write(0, 4096);
    world.advance(1s);
    BOOST_TEST(request.is_good());
    BOOST_TEST(world.agrees_with_disk(request));
    BOOST_TEST(world.events.count(EventKind::bad_residual, "p0") == 1U);
    BOOST_TEST(world.path(0).count_writes() == 2U);
  }
}

BOOST_AUTO_TEST_CASE(a_retry_waits_longer_each_time_and_then_the_path_is_at_fault) {
  HeadWorld world;
  for (int i = 0; i < 6; ++i) world.path(0).script_io(Answer::host_byte(0x08));
  auto& request = world.write(0, 512);
  world.advance(2s);
  BOOST_TEST(request.is_good());
  const auto io = io_of(world.path(0));
  BOOST_TEST((gaps_of(io) == std::vector<Duration>{10ms, 20ms, 40ms, 80ms, 160ms}));
  BOOST_TEST(world.path(1).count_io() == 1U);
  BOOST_TEST((io_of(world.path(1))[0].when == io.back().when));
  BOOST_TEST(world.status().counters.retries == 5U);
  BOOST_TEST(world.status().counters.failovers == 1U);
}

BOOST_AUTO_TEST_CASE(a_retry_that_succeeds_leaves_the_path_alone) {
  HeadWorld world;
  world.path(0).script_io(Answer::sense(0xb, 0x47, 0x00));
  auto& request = world.write(0, 512);
  BOOST_TEST(!request.is_done());
  BOOST_TEST(world.status().held == 1U);
  world.advance(10ms);
  BOOST_TEST(request.is_good());
  BOOST_TEST(world.path(0).count_io() == 2U);
  BOOST_TEST(world.path(1).count_io() == 0U);
  BOOST_TEST((world.path_status(0).state == PathState::running));
  BOOST_TEST(world.events.count(EventKind::path_failed) == 0U);
}

BOOST_AUTO_TEST_CASE(deferred_sense_retries_the_command_that_was_not_executed) {
  HeadWorld world;
  Answer deferred = Answer::sense(3, 0x0c, 0x00);
  deferred.deferred = true;
  world.path(0).script_io(deferred);
  auto& request = world.write(0, 512);
  world.advance(100ms);
  BOOST_TEST(request.is_good());
  BOOST_TEST(world.agrees_with_disk(request));
  BOOST_TEST(world.path(0).count_writes() == 2U);
}

BOOST_AUTO_TEST_CASE(the_targets_answer_ends_the_master_at_once) {
  const std::vector<std::pair<Answer, IoError>> answers{
      {Answer::status_byte(0x18), IoError::reservation},
      {Answer::host_byte(0x11), IoError::reservation},
      {Answer::host_byte(0x12), IoError::no_space},
      {Answer::host_byte(0x13), IoError::medium},
      {Answer::host_byte(0x10), IoError::target},
      {Answer::sense(3, 0x11, 0x00), IoError::medium},
      {Answer::sense(5, 0x24, 0x00), IoError::target},
      {Answer::sense(5, 0x21, 0x00), IoError::invalid},
      {Answer::sense(7, 0x27, 0x07), IoError::no_space},
      {Answer::sense(7, 0x27, 0x00), IoError::read_only},
      {Answer::sense(0xb, 0x10, 0x01), IoError::protection},
      {Answer::sense(0xe, 0x1d, 0x00), IoError::protection}};
  for (std::size_t i = 0; i < answers.size(); ++i) {
    BOOST_TEST_CONTEXT("answer " << i) {
      HeadWorld world;
      world.path(0).script_io(answers[i].first);
      auto& request = world.write(0, 512);
      BOOST_TEST_REQUIRE(request.is_done());
      BOOST_TEST((request.error == answers[i].second));
      BOOST_TEST(request.transferred == 0U);
      BOOST_TEST(world.path(0).count_io() == 1U);
      BOOST_TEST(world.path(1).count_io() == 0U);
      BOOST_TEST((world.path_status(0).state == PathState::running));
      BOOST_TEST(world.status().counters.errors == 1U);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_hardware_error_is_asked_about_on_one_other_path) {
  HeadWorld world({.paths = 3});
  world.path(0).script_io(Answer::sense(4, 0x44, 0x00));
  BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST(world.path(0).count_io() == 1U);

  for (std::size_t i = 0; i < 3; ++i) {
    world.path(i).log.clear();
    world.path(i).every_io = Answer::sense(4, 0x44, 0x00);
  }
  auto& request = world.write(512, 512);
  BOOST_TEST_REQUIRE(request.is_done());
  BOOST_TEST((request.error == IoError::target));
  BOOST_TEST(world.path(0).count_io() + world.path(1).count_io() + world.path(2).count_io() == 2U);
  BOOST_TEST(world.events.count(EventKind::path_failed) == 0U);
}

BOOST_AUTO_TEST_CASE(a_medium_error_is_retried_then_asked_about_elsewhere_then_told) {
  HeadWorld world;
  world.path(0).every_io = Answer::sense(3, 0x0c, 0x00);
  world.path(1).every_io = Answer::sense(3, 0x0c, 0x00);
  auto& request = world.read(0, 512);
  world.advance(5s);
  BOOST_TEST_REQUIRE(request.is_done());
  BOOST_TEST((request.error == IoError::medium));
  BOOST_TEST(world.path(0).count_io() == 6U);
  BOOST_TEST(world.path(1).count_io() >= 1U);
  BOOST_TEST(world.path(1).count_io() <= 6U);
}

BOOST_AUTO_TEST_CASE(a_busy_path_stays_running_and_is_used_last_for_a_second) {
  HeadWorld world;
  world.path(0).script_io(Answer::status_byte(0x28));
  auto& request = world.write(0, 512);
  world.advance(50ms);
  BOOST_TEST(request.is_good());
  BOOST_TEST(world.path(1).count_io() == 1U);
  BOOST_TEST((world.path_status(0).state == PathState::running));
  BOOST_TEST(world.events.count(EventKind::path_failed) == 0U);
  BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST(world.path(0).count_io() == 1U);
  world.advance(1s);
  // Numa stays with the path it took to: look from a path that went.
  BOOST_TEST(world.head().set_path_state("p1", PathState::offline).has_value());
  BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST(world.path(0).count_io() == 2U);
}

BOOST_AUTO_TEST_CASE(where_the_busy_path_is_the_only_one_it_goes_on_within_the_bound) {
  HeadWorld world({.paths = 1});
  world.path(0).every_io = Answer::status_byte(0x08);
  auto& first = world.write(0, 512);
  world.advance(20s);
  BOOST_TEST(!first.is_done());
  BOOST_TEST((world.path_status(0).state == PathState::running));
  world.path(0).every_io.reset();
  world.advance(1s);
  BOOST_TEST(first.is_good());

  world.path(0).every_io = Answer::status_byte(0x08);
  auto& second = world.write(512, 512);
  const Instant begin = world.runtime.now();
  world.advance(32s);
  BOOST_TEST_REQUIRE(second.is_done());
  BOOST_TEST((second.error == IoError::io));
  BOOST_TEST((second.done_at - begin >= 30s));
}

BOOST_AUTO_TEST_CASE(a_reset_holds_the_path_until_it_was_identified_again) {
  HeadWorld world;
  world.path(0).log.clear();
  world.path(0).hold_checks = true;
  world.path(0).unit_attention(0x29, 0x00);
  auto& request = world.write(0, 512);
  BOOST_TEST(request.is_good());
  BOOST_TEST(world.path(1).count_io() == 1U);
  BOOST_TEST(world.events.count(EventKind::reset_seen, "p0") == 1U);
  // It carries nothing meanwhile.
  BOOST_TEST(!world.path_status(0).usable);
  BOOST_TEST(world.head().set_path_state("p1", PathState::offline).has_value());
  auto& held = world.write(512, 512);
  BOOST_TEST(!held.is_done());

  world.path(0).hold_checks = false;
  world.path(0).complete_all_held();
  world.settle();
  BOOST_TEST(held.is_good());
  std::size_t identified = 0;
  for (std::size_t i = 0; i < world.path(0).log.size(); ++i)
    if (world.path(0).log[i].opcode == 0x12) identified = i;
  BOOST_TEST(identified > 0U);
  BOOST_TEST(world.path(0).log.back().is_write());
}

BOOST_AUTO_TEST_CASE(another_disk_behind_a_path_gets_no_io) {
  HeadWorld world;
  auto other = std::make_shared<ScriptedDisk>(
      ScriptedIdentity{.naa = "60000000000000000000000000000002", .serial = "0002"});
  world.path(0).disk = other;
  world.path(0).unit_attention(0x3f, 0x0e);
  BOOST_TEST(world.write(0, 512).is_good());
  world.advance(30s);
  BOOST_TEST(world.events.count(EventKind::identity_mismatch, "p0") == 1U);
  BOOST_TEST((world.path_status(0).state == PathState::failed));
  BOOST_TEST(world.head().set_path_state("p1", PathState::offline).has_value());
  auto& held = world.write(512, 512);
  world.advance(20s);
  BOOST_TEST(!held.is_done());
  for (const std::uint8_t byte : other->data) BOOST_TEST_REQUIRE(byte == 0);
}

BOOST_AUTO_TEST_CASE(a_path_that_was_away_is_identified_before_it_carries_io) {
  HeadWorld world;
  world.path(0).go_down();
  BOOST_TEST(world.write(0, 512).is_good());
  auto other = std::make_shared<ScriptedDisk>(
      ScriptedIdentity{.naa = "60000000000000000000000000000002", .serial = "0002"});
  world.path(0).disk = other;
  world.path(0).come_back();
  world.advance(60s);
  BOOST_TEST((world.path_status(0).state == PathState::failed));
  BOOST_TEST(world.events.count(EventKind::identity_mismatch, "p0") == 1U);
  for (int i = 0; i < 4; ++i) BOOST_TEST(world.write(0, 512).is_good());
  for (const std::uint8_t byte : other->data) BOOST_TEST_REQUIRE(byte == 0);
  // The old disk again: it is welcome.
  world.path(0).disk = world.disk;
  world.advance(6s);
  BOOST_TEST((world.path_status(0).state == PathState::running));
}

BOOST_AUTO_TEST_CASE(trap_11_a_completion_hands_over_and_returns) {
  HeadWorld world;
  world.path(0).hold_io = true;
  auto& request = world.write(0, 512);
  BOOST_TEST_REQUIRE(world.path(0).held() == 1U);
  world.path(0).complete_held(0, Answer::host_byte(0x01));
  // The transport's thread was not kept with another submission.
  BOOST_TEST(world.path(1).commands == world.path(1).log.size());
  BOOST_TEST(world.path(1).count_io() == 0U);
  BOOST_TEST(!request.is_done());
  world.settle();
  BOOST_TEST(request.is_good());
}

BOOST_AUTO_TEST_CASE(requests_are_split_at_the_transfer_limit) {
  HeadWorld world({.identity = {.max_transfer_blocks = 8}});
  BOOST_TEST(world.head().geometry().max_transfer == 4096U);
  auto& request = world.write(512, 20480);
  BOOST_TEST(request.is_good());
  BOOST_TEST(world.agrees_with_disk(request));
  std::uint64_t next = 1;
  for (const Seen& seen : io_of(world.path(0))) {
    BOOST_TEST(seen.lba == next);
    BOOST_TEST(seen.blocks <= 8U);
    next += seen.blocks;
  }
  BOOST_TEST(next == 41U);

  // The smallest limit of all paths and of the device counts.
  world.add_path({.name = "small", .group = 9, .max_transfer = 2048});
  BOOST_TEST(world.head().geometry().max_transfer == 2048U);
  world.path(0).log.clear();
  BOOST_TEST(world.write(0, 4096).is_good());
  BOOST_TEST(world.path(0).count_writes() == 2U);
}

BOOST_AUTO_TEST_CASE(what_waits_fits_a_path_that_takes_less) {
  for (const Operation operation : {Operation::write, Operation::read, Operation::zero}) {
    HeadWorld world({.identity = {.max_transfer_blocks = 8}, .paths = 1});
    world.disk->thin.write_same = false;
    if (operation == Operation::zero) {
      TestRequest& first = world.start(world.prepare(operation, 0, 512));  // learns how to zero
      world.settle();
      BOOST_TEST(first.is_done());
    }
    world.path(0).go_down();
    TestRequest& request = world.start(world.prepare(operation, 0, 4096));
    world.advance(6s);
    BOOST_TEST(!request.is_done());
    ScriptedPath& small = world.add_path({.name = "small", .group = 9, .max_transfer = 2048});
    world.advance(1s);
    BOOST_TEST((request.error == IoError::none));
    BOOST_TEST(request.times_done == 1U);
    BOOST_TEST(io_of(small).size() == 2U);
    for (const Seen& seen : io_of(small)) BOOST_TEST(seen.blocks == 4U);
  }
}

BOOST_AUTO_TEST_CASE(a_request_of_very_many_masters_does_not_recurse) {
  for (const auto completion :
       {ScriptedPath::Completion::in_submit, ScriptedPath::Completion::in_worker}) {
    HeadWorld world(
        {.identity = {.blocks = 65536, .max_transfer_blocks = 1}, .completion = completion});
    auto& request = world.write(0, 65536 * 512);
    BOOST_TEST(request.is_good());
    BOOST_TEST(world.agrees_with_disk(request));
    BOOST_TEST(world.path(0).count_writes() == 65536U);
  }
}

BOOST_AUTO_TEST_CASE(only_the_master_that_failed_is_sent_again) {
  HeadWorld world({.identity = {.max_transfer_blocks = 8}});
  world.path(0).script_io(Answer::good());
  world.path(0).script_io(Answer::host_byte(0x01));
  auto& request = world.write(0, 12288);
  BOOST_TEST(request.is_good());
  BOOST_TEST(world.agrees_with_disk(request));
  BOOST_TEST(world.path(0).count_writes() == 2U);
  const auto rest = io_of(world.path(1));
  BOOST_TEST_REQUIRE(rest.size() == 2U);
  BOOST_TEST(rest[0].lba == 8U);
  BOOST_TEST(rest[1].lba == 16U);
}

BOOST_AUTO_TEST_CASE(a_request_that_fails_half_way_tells_how_far_it_came) {
  HeadWorld world({.identity = {.max_transfer_blocks = 8}});
  world.path(0).script_io(Answer::good());
  world.path(0).script_io(Answer::sense(3, 0x11, 0x00));
  auto& request = world.read(0, 12288);
  BOOST_TEST_REQUIRE(request.is_done());
  BOOST_TEST((request.error == IoError::medium));
  BOOST_TEST(request.transferred == 4096U);
}

BOOST_AUTO_TEST_CASE(fua_and_flush_reach_the_device) {
  HeadWorld world;
  BOOST_TEST(world.write(0, 512, true).is_good());
  BOOST_TEST(world.write(0, 512, false).is_good());
  BOOST_TEST(world.flush().is_good());
  const auto io = io_of(world.path(0));
  BOOST_TEST_REQUIRE(io.size() == 3U);
  BOOST_TEST(io[0].fua);
  BOOST_TEST(!io[1].fua);
  BOOST_TEST(io[2].is_flush());
  world.path(0).script_io(Answer::host_byte(0x01));
  BOOST_TEST(world.flush().is_good());
  BOOST_TEST(world.path(1).count_flushes() == 1U);
  world.path(1).script_io(Answer::sense(3, 0x11, 0x00));
  BOOST_TEST((world.flush().error == IoError::medium));
}

BOOST_AUTO_TEST_CASE(a_thin_provisioning_threshold_is_told_and_the_command_repeated) {
  HeadWorld world;
  world.path(0).unit_attention(0x38, 0x07);
  auto& request = world.write(0, 512);
  world.advance(100ms);
  BOOST_TEST(request.is_good());
  BOOST_TEST(world.events.count(EventKind::space_threshold) == 1U);
  BOOST_TEST(world.path(1).count_io() == 0U);
}

BOOST_AUTO_TEST_CASE(a_check_that_hears_of_another_disk_asks_whose_it_is_before_any_io) {
  HeadWorld world;
  world.path(0).disk =
      std::make_shared<ScriptedDisk>(ScriptedIdentity{.naa = "60000000000000000000000000000002"});
  world.path(0).hold_checks = true;
  world.advance(5s);
  BOOST_TEST_REQUIRE(world.path(0).held() == 1U);  // TEST UNIT READY of a path that works
  world.path(0).hold_checks = false;
  world.path(0).complete_held(0, Answer::sense(6, 0x3f, 0x0e));
  // From the answer on: before anybody has looked at what it means.
  auto& write = world.start(world.prepare(Operation::write, 0, 512));
  world.settle();
  BOOST_TEST(write.is_good());
  BOOST_TEST(world.path(0).count_writes() == 0U);
  BOOST_TEST((world.path_status(0).state == PathState::failed));
  BOOST_TEST(world.events.count(EventKind::identity_mismatch, "p0") == 1U);
}

BOOST_AUTO_TEST_CASE(a_path_that_has_not_been_tried_has_its_turn_after_any_time) {
  HeadWorld world({.settings = {.no_path_timeout = 5s}, .paths = 3});
  world.path(0).script_io(Answer::host_byte(0x01));
  world.path(1).hold_io = true;
  auto& write = world.write(0, 512);
  world.advance(10s);  // longer than path errors may last
  BOOST_TEST(write.is_good());
  BOOST_TEST(world.path(2).count_writes() == 1U);
}

BOOST_AUTO_TEST_CASE(a_path_that_is_about_to_come_back_has_its_turn_too) {
  HeadWorld world({.settings = {.no_path_timeout = 0s, .checker_interval = 100ms}});
  world.path(1).hold_checks = true;
  world.registry.recheck("p1", true);
  world.settle();
  BOOST_TEST_REQUIRE(!world.path_status(1).usable);
  world.path(0).script_io(Answer::host_byte(0x01));
  auto& write = world.write(0, 512);
  world.advance(1s);  // the first one is back, but has failed it
  BOOST_TEST_REQUIRE(world.path_status(0).usable);
  BOOST_TEST(!write.is_done());
  world.path(1).hold_checks = false;
  world.path(1).complete_all_held();
  world.settle();
  BOOST_TEST(write.is_good());
  BOOST_TEST(world.path(1).count_writes() == 1U);
}

BOOST_AUTO_TEST_CASE(with_fail_one_busy_path_is_not_the_end_while_another_has_room) {
  HeadWorld world;
  world.set([](HeadSettings& settings) { settings.no_path_timeout = {}; });
  world.path(0).every_io = Answer::status_byte(0x28);
  world.path(1).script_io(Answer::status_byte(0x28));
  auto& request = world.write(0, 512);
  world.advance(5s);
  BOOST_TEST(request.is_good());
}

BOOST_AUTO_TEST_CASE(
    trap_02_a_path_that_fails_io_and_passes_checks_is_not_asked_as_fast_as_it_answers) {
  HeadWorld world({.paths = 1});
  world.path(0).every_io = Answer::sense(6, 0x2a, 0x06);
  auto& request = world.write(0, 512);
  world.advance(20s);
  BOOST_TEST(world.path(0).count_io() <= 20U * 6U);
  world.path(0).every_io.reset();
  world.advance(6s);
  BOOST_TEST(request.is_good());
}

BOOST_AUTO_TEST_CASE(a_check_that_was_under_way_does_not_make_a_failing_path_be_asked_at_once) {
  HeadWorld world({.paths = 1});
  ScriptedPath& path = world.path(0);
  path.hold_io = path.hold_checks = true;
  while (path.held() == 0) world.advance(100ms);
  auto& request = world.write(0, 512);
  // Each refusal comes while the path is being looked at, and is found to be wrong a moment later.
  for (unsigned i = 0; i < 50; ++i) {
    for (std::size_t held = 0; held < path.held(); ++held) {
      if (!path.held_command(held).is_io()) continue;
      path.complete_held(held, Answer::sense(2, 0x04, 0x12));
      break;
    }
    path.complete_all_held();
    world.advance(10ms);
  }
  BOOST_TEST(!request.is_done());
  BOOST_TEST(path.count_writes() <= 3U);
  path.hold_io = path.hold_checks = false;
  path.complete_all_held();
  world.advance(6s);
  BOOST_TEST(request.is_good());
}

BOOST_AUTO_TEST_CASE(with_fail_a_device_that_is_busy_for_ever_ends_a_request_too) {
  for (const unsigned paths : {1U, 2U}) {
    HeadWorld world({.settings = {.no_path_timeout = 0s}, .paths = paths});
    for (unsigned i = 0; i < paths; ++i) world.path(i).every_io = Answer::status_byte(0x08);
    auto& write = world.write(0, 512);
    world.advance(1min);
    BOOST_TEST((write.error == IoError::io));
    BOOST_TEST((world.path_status(0).state == PathState::running));
  }
}

BOOST_AUTO_TEST_CASE(a_device_that_contradicts_itself_is_not_asked_as_fast_as_it_answers) {
  // A reset, then that its group changes state: each time I/O comes, and all is well when asked.
  for (const Answer& answer : {Answer::sense(6, 0x29, 0x02), Answer::sense(2, 0x04, 0x0a)}) {
    HeadWorld world({.settings = {.no_path_timeout = 20s}, .paths = 1});
    world.path(0).every_io = answer;
    auto& write = world.write(0, 512);
    world.advance(1min);
    BOOST_TEST((write.error == IoError::io));
    BOOST_TEST(world.path(0).count_writes() < 40U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
