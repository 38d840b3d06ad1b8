// SPDX-License-Identifier: LGPL-2.1-or-later
// Attempts that pass io_timeout: given up, ended, and only then sent again.
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "head_world.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(timeout)

BOOST_AUTO_TEST_CASE(a_command_that_hangs_costs_one_io_timeout) {
  for (const auto abort : {ScriptedPath::Abort::in_call, ScriptedPath::Abort::in_worker}) {
    HeadWorld world;
    world.set([](HeadSettings& settings) { settings.checker_interval = 3s; });
    world.path(0).hold_io = true;
    world.path(0).abort_does = abort;
    const Instant begin = world.runtime.now();
    auto& write = world.write(0, 4096);
    auto& read = world.start(world.prepare(Operation::read, 8192, 4096));
    auto& flush = world.start(world.prepare(Operation::flush, 0, 0));
    BOOST_TEST((world.path(0).log.back().timeout == 10s));
    world.advance(9999ms);
    BOOST_TEST(world.path(0).aborts == 0U);
    BOOST_TEST(!write.is_done());
    world.advance(1ms);
    BOOST_TEST(world.path(0).aborts == 3U);
    for (const TestRequest* request : {&write, &read, &flush}) {
      BOOST_TEST(request->is_good());
      BOOST_TEST((request->done_at - begin == 10s));
    }
    BOOST_TEST(world.agrees_with_disk(write));
    BOOST_TEST(world.agrees_with_disk(read));
    BOOST_TEST(world.path_status(0).timeouts == 3U);
    BOOST_TEST((world.path_status(0).state == PathState::failed));
    BOOST_TEST(world.path_status(0).in_flight == 0);
    BOOST_TEST(world.path(0).port().in_flight.load() == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_check_that_does_not_come_back_fails_the_path_in_time) {
  HeadWorld world;
  world.path(0).hold_checks = true;
  world.path(0).abort_does = ScriptedPath::Abort::ignored;
  world.advance(5s);  // the check begins
  BOOST_TEST_REQUIRE(world.path(0).held() == 1U);
  world.advance(9999ms);
  BOOST_TEST((world.path_status(0).state == PathState::running));
  BOOST_TEST(world.path_status(0).stuck_s == 0.0);
  world.advance(1ms);
  BOOST_TEST((world.path_status(0).state == PathState::failed));
  BOOST_TEST(world.path_status(0).reason.find("check") != std::string::npos);
  BOOST_TEST(world.path_status(0).stuck_s == 10.0);
  world.advance(20s);
  BOOST_TEST(world.path_status(0).stuck_s == 30.0);
  BOOST_TEST(world.path(0).held() == 1U);  // no second one on top of it

  // What comes so late is no good answer; the next check is.
  world.path(0).hold_checks = false;
  world.path(0).complete_all_held();
  world.settle();
  BOOST_TEST((world.path_status(0).state == PathState::failed));
  world.advance(5s);
  BOOST_TEST((world.path_status(0).state == PathState::running));
  BOOST_TEST(world.path_status(0).stuck_s == 0.0);
}

BOOST_AUTO_TEST_CASE(each_command_has_its_own_deadline) {
  HeadWorld world;
  world.path(0).hold_io = true;
  auto& first = world.write(0, 512);
  world.advance(4s);
  auto& second = world.write(512, 512);
  world.advance(4s);
  world.path(0).complete_held(0);
  world.settle();
  BOOST_TEST(first.is_good());
  world.advance(5s);
  BOOST_TEST(!second.is_done());
  BOOST_TEST(world.path(0).aborts == 0U);
  world.advance(1s);
  BOOST_TEST(second.is_good());
  BOOST_TEST(world.path(0).aborts == 1U);
}

BOOST_AUTO_TEST_CASE(a_changed_io_timeout_counts_for_what_is_sent_then) {
  HeadWorld world;
  world.path(0).hold_io = true;
  auto& slow = world.write(0, 512);
  world.set([](HeadSettings& settings) { settings.io_timeout = 2s; });
  auto& quick = world.write(512, 512);
  const Instant begin = world.runtime.now();
  world.advance(12s);
  BOOST_TEST(slow.is_good());
  BOOST_TEST(quick.is_good());
  BOOST_TEST((quick.done_at - begin == 2s));
}

BOOST_AUTO_TEST_CASE(a_check_that_hangs_fails_the_path_and_is_not_sent_twice) {
  HeadWorld world;
  world.path(0).hold_checks = true;
  world.path(0).abort_does = ScriptedPath::Abort::ignored;
  world.path(0).log.clear();
  world.advance(60s);
  BOOST_TEST(world.path(0).held() == 1U);
  BOOST_TEST(world.path(0).log.size() == 1U);
  world.path(0).hold_checks = false;
  world.path(0).complete_all_held();
  world.advance(6s);
  BOOST_TEST((world.path_status(0).state == PathState::running));
}

BOOST_AUTO_TEST_CASE(a_path_that_keeps_a_check_is_not_waited_for_when_it_is_brought_back) {
  HeadWorld world({.settings = {.no_path_timeout = 3s, .io_timeout = 1s}, .paths = 1});
  world.path(0).hold_checks = true;
  world.path(0).abort_does = ScriptedPath::Abort::ignored;
  world.advance(10s);
  BOOST_TEST((world.path_status(0).state == PathState::failed));
  BOOST_TEST(world.head().set_path_state("p0", PathState::offline).has_value());
  BOOST_TEST(world.head().set_path_state("p0", PathState::running).has_value());
  BOOST_TEST((world.path_status(0).state == PathState::failed));
  auto& write = world.write(0, 512);
  world.advance(3s);
  BOOST_TEST((write.error == IoError::io));
  world.path(0).hold_checks = false;
  world.path(0).complete_all_held();
  world.advance(1s);
  BOOST_TEST(world.write(0, 512).is_good());
}

BOOST_AUTO_TEST_CASE(a_path_that_keeps_a_command_is_not_waited_for_when_it_is_brought_back) {
  HeadWorld world({.settings = {.no_path_timeout = 3s, .io_timeout = 1s}, .paths = 1});
  world.path(0).hold_io = true;
  world.path(0).abort_does = ScriptedPath::Abort::ignored;
  auto& read = world.read(0, 512);
  world.advance(10s);
  BOOST_TEST((read.error == IoError::io));
  world.path(0).hold_io = false;
  BOOST_TEST(world.head().set_path_state("p0", PathState::offline).has_value());
  BOOST_TEST(world.head().set_path_state("p0", PathState::running).has_value());
  world.settle();  // its checks are good
  BOOST_TEST((world.path_status(0).state == PathState::failed));
  auto& write = world.write(0, 512);
  world.advance(3s);
  BOOST_TEST((write.error == IoError::io));
  world.path(0).complete_all_held();
  world.advance(6s);
  BOOST_TEST(world.write(0, 512).is_good());
}

BOOST_AUTO_TEST_CASE(a_check_that_is_ended_in_time_fails_the_path) {
  HeadWorld world;
  world.path(0).hold_checks = true;
  world.advance(16s);
  BOOST_TEST((world.path_status(0).state == PathState::failed));
  BOOST_TEST(world.path(0).aborts >= 1U);
}

BOOST_AUTO_TEST_CASE(a_hang_of_every_path_ends_within_the_bounds) {
  HeadWorld world;
  for (std::size_t i = 0; i < 2; ++i) world.path(i).hold_io = true;
  const Instant begin = world.runtime.now();
  auto& request = world.write(0, 512);
  world.advance(120s);
  BOOST_TEST_REQUIRE(request.is_done());
  BOOST_TEST((request.error == IoError::io));
  // no_path_timeout since the first error, which took one io_timeout, and a last attempt.
  BOOST_TEST((request.done_at - begin <= 30s + 2 * 10s));
}

// Reads are not waited for: the request takes another buffer and goes on.

BOOST_AUTO_TEST_CASE(a_read_that_the_device_keeps_is_sent_again_at_once) {
  HeadWorld world;
  BOOST_TEST(world.write(0, 4096).is_good());
  world.path(0).hold_io = true;
  world.path(0).abort_does = ScriptedPath::Abort::ignored;
  const Instant begin = world.runtime.now();
  auto& read = world.read(0, 4096);
  world.advance(10s);
  BOOST_TEST_REQUIRE(read.is_good());
  BOOST_TEST((read.done_at - begin == 10s));
  BOOST_TEST(world.agrees_with_disk(read));
  BOOST_TEST(read.returned == 0U);
  BOOST_TEST(world.path_status(0).abandoned == 1);
  BOOST_TEST(world.path_status(0).in_flight == 1);
  BOOST_TEST(world.status().in_flight == 0U);
  BOOST_TEST(world.status().held == 0U);
  BOOST_TEST((world.path_status(0).state == PathState::failed));
  // Whatever comes then changes nothing that anybody looks at.
  const auto seen = read.buffer;
  std::fill(world.disk->data.begin(), world.disk->data.end(), std::uint8_t{0x5a});
  world.advance(60s);
  world.path(0).hold_io = false;
  world.path(0).complete_all_held();
  world.advance(6s);
  BOOST_TEST(read.returned == 1U);
  BOOST_TEST(read.times_done == 1U);
  BOOST_TEST((read.buffer == seen));
  BOOST_TEST(world.path_status(0).abandoned == 0);
  BOOST_TEST(world.path_status(0).in_flight == 0);
  BOOST_TEST(world.path_status(0).usable);
}

BOOST_AUTO_TEST_CASE(parts_of_blocks_and_seeks_are_not_waited_for_either) {
  HeadWorld world({.paths = 0});
  world.disk->thin = {.told = true, .reads_zeros = true};
  for (int i = 0; i < 2; ++i) world.add_path().abort_does = ScriptedPath::Abort::ignored;
  world.path(0).hold_io = true;
  auto& read = world.read(100, 50);
  auto& write = world.write(5000, 50);  // its block is read first
  auto& seek = world.start(world.prepare(Operation::seek_hole, 0, 0));
  world.settle();
  world.advance(10s);
  BOOST_TEST(read.is_good());
  BOOST_TEST(write.is_good());
  BOOST_TEST(world.agrees_with_disk(write));
  BOOST_TEST(seek.found == world.disk->data.size());
  BOOST_TEST(world.path(0).held() == 3U);
  BOOST_TEST(world.path_status(0).abandoned == 3);
  world.path(0).hold_io = false;
  world.path(0).complete_all_held();
  world.advance(6s);
  BOOST_TEST(world.path_status(0).usable);
  BOOST_TEST(read.returned + write.returned + seek.returned == 0U);
  BOOST_TEST(world.agrees_with_disk(write));
}

BOOST_AUTO_TEST_CASE(without_another_buffer_a_read_waits) {
  HeadWorld world;
  world.path(0).hold_io = true;
  world.path(0).abort_does = ScriptedPath::Abort::ignored;
  auto& read = world.prepare(Operation::read, 0, 4096);
  read.has_spare = false;
  world.start(read);
  world.advance(30s);
  BOOST_TEST(!read.is_done());
  BOOST_TEST(world.path_status(0).abandoned == 0);
  world.path(0).hold_io = false;
  world.path(0).complete_all_held();
  world.settle();
  BOOST_TEST(read.is_good());
}

BOOST_AUTO_TEST_CASE(a_read_that_no_path_gives_back_waits_for_the_no_path_rule) {
  HeadWorld world;
  for (int i = 0; i < 2; ++i) {
    world.path(i).hold_io = true;
    world.path(i).hold_checks = true;
    world.path(i).abort_does = ScriptedPath::Abort::ignored;
  }
  auto& read = world.read(0, 4096);
  world.advance(80s);
  BOOST_TEST((read.error == IoError::io));
  BOOST_TEST(world.path(0).held() + world.path(1).held() >= 2U);
  for (int i = 0; i < 2; ++i) {
    world.path(i).hold_io = world.path(i).hold_checks = false;
    world.path(i).complete_all_held();
  }
  world.advance(10s);
  BOOST_TEST(read.returned == 2U);
  BOOST_TEST(world.status().paths_usable == 2U);
}

// A transport whose submission takes as long as the device does.

BOOST_AUTO_TEST_CASE(a_submission_that_blocks_has_a_deadline) {
  HeadWorld world({.paths = 0});
  for (int i = 0; i < 2; ++i) {
    world.add_path({.may_block = true}).abort_does = ScriptedPath::Abort::ignored;
  }
  PathState state = PathState::running;
  bool read_was_done = false;
  auto& read = world.prepare(Operation::read, 0, 4096);
  world.path(0).during_io = [&] {
    world.advance(11s);
    state = world.path_status(0).state;
    read_was_done = read.is_done();
  };
  world.start(read);
  world.settle();
  // While the first submission was still inside the transport.
  BOOST_TEST((state == PathState::failed));
  BOOST_TEST(read_was_done);
  BOOST_TEST(read.is_good());
  BOOST_TEST(read.times_done == 1U);
  BOOST_TEST(read.returned == 1U);
  BOOST_TEST(world.path_status(0).in_flight == 0);

  // A write is sent again as well, and done when the first submission has returned.
  world.advance(10s);
  BOOST_TEST_REQUIRE(world.path_status(0).usable);
  auto& write = world.prepare(Operation::write, 0, 4096);
  bool write_was_done = false;
  world.path(0).during_io = [&] {
    world.advance(11s);
    write_was_done = write.is_done();
  };
  world.start(write);
  world.settle();
  BOOST_TEST(!write_was_done);
  BOOST_TEST(write.is_good());
  BOOST_TEST(write.kept_data == 1U);
  BOOST_TEST(write.returned == 1U);
  BOOST_TEST(world.path_status(0).timeouts == 2U);
  BOOST_TEST(world.path(1).count_writes() == 1U);
  world.advance(10s);
  BOOST_TEST(world.path_status(0).usable);
}

BOOST_AUTO_TEST_CASE(a_read_in_several_commands_keeps_what_it_has_read) {
  HeadWorld world({.identity = {.max_transfer_blocks = 4}});
  BOOST_TEST(world.write(0, 8192).is_good());
  world.path(0).hold_io = true;
  world.path(0).abort_does = ScriptedPath::Abort::ignored;
  auto& read = world.start(world.prepare(Operation::read, 0, 8192));
  // The first half is there when the device keeps the second.
  world.settle();
  world.path(0).complete_held();
  world.settle();
  BOOST_TEST_REQUIRE(world.path(0).held() == 1U);
  world.advance(10s);
  BOOST_TEST(read.is_good());
  BOOST_TEST(world.agrees_with_disk(read));
  world.path(0).hold_io = false;
  world.path(0).complete_all_held();
  world.settle();
  BOOST_TEST(read.returned == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_path_keeps_leaves_enough_for_the_others) {
  HeadWorld world({.max_clones = 2});
  world.path(0).hold_io = true;
  world.path(0).abort_does = ScriptedPath::Abort::ignored;
  auto& first = world.read(0, 512);
  auto& second = world.read(512, 512);
  auto& third = world.read(1024, 512);
  BOOST_TEST(world.path(0).held() == 2U);  // the third has to wait
  world.advance(10s);
  for (const TestRequest* read : {&first, &second, &third}) {
    BOOST_TEST(read->is_good());
    BOOST_TEST((read->done_at - world.runtime.now() <= 0s));
  }
  BOOST_TEST(world.read(0, 512).is_good());
  world.path(0).hold_io = false;
  world.path(0).complete_all_held();
  world.advance(10s);
  BOOST_TEST(world.path_status(0).usable);
}

BOOST_AUTO_TEST_SUITE_END()
