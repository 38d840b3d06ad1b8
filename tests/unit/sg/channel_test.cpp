// SPDX-License-Identifier: LGPL-2.1-or-later
// Commands of a kernel path: their order, their room and their one end.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "allocation_counter.h"
#include "blocking_leave.h"
#include "outcome.h"
#include "sg_world.h"

using namespace scsimpath;
using namespace scsimpath::test;

BOOST_AUTO_TEST_SUITE(sg_channel)

BOOST_FIXTURE_TEST_CASE(commands_end_in_the_order_in_which_they_come_back, SgWorld) {
  const auto commands = submit(3);
  kernel->wait_for_sent(3);
  for (const std::uint32_t lba : {2U, 0U, 1U}) {
    const std::size_t before = ends.all().size();
    kernel->answer(lba);
    ends.wait_for(before + 1);
  }
  BOOST_TEST((ends.all() ==
              std::vector<Command*>{commands[2].get(), commands[0].get(), commands[1].get()}));
}

BOOST_AUTO_TEST_CASE(what_finds_no_room_waits_and_order_is_kept) {
  SgWorld world(4);
  const auto commands = world.submit(8);
  world.kernel->wait_for_sent(4);
  BOOST_TEST(world.path->usage().in_flight == 4U);
  BOOST_TEST(world.path->usage().waiting == 4U);
  for (std::uint32_t lba = 0; lba < 8; ++lba) {
    // One goes, the next comes.
    world.kernel->answer(lba);
    world.kernel->wait_for_sent(std::min<std::size_t>(lba + 5, 8));
  }
  world.ends.wait_for(8);
  const auto sent = world.kernel->sent();
  BOOST_TEST((std::set<std::uint32_t>(sent.begin(), sent.begin() + 4) ==
              std::set<std::uint32_t>{0, 1, 2, 3}));
  for (std::uint32_t lba = 4; lba < 8; ++lba) BOOST_TEST(sent[lba] == lba);
  BOOST_TEST(world.kernel->most_inside() == 4U);
  const auto all = world.ends.all();
  BOOST_TEST(std::set<Command*>(all.begin(), all.end()).size() == 8U);
  for (const auto& command : commands) BOOST_TEST(command->result.os_error == 0);
}

BOOST_AUTO_TEST_CASE(beyond_the_waiting_room_the_path_is_busy) {
  SgWorld world(1, 2);
  const auto first = world.submit(1);
  world.kernel->wait_for_sent(1);
  const auto commands = world.submit(3, 1);
  BOOST_TEST((world.ends.all() == std::vector<Command*>{commands[2].get()}));
  BOOST_TEST(commands[2]->result.os_error == EDOM);
  BOOST_TEST((scsi::classify(*commands[2]).action == scsi::Action::busy));
  world.answer(0, 3);
  world.ends.wait_for(4);
}

BOOST_FIXTURE_TEST_CASE(an_error_of_one_command_is_that_commands, SgWorld) {
  for (const int number : {ENXIO, ENOMEM, EAGAIN, EINVAL, EPERM, EIO}) {
    const std::size_t before = ends.all().size();
    kernel->answer(0, {.os_error = number});
    kernel->answer(1);
    const auto commands = submit(2);
    ends.wait_for(before + 2);
    BOOST_TEST(commands[0]->result.os_error == number);
    BOOST_TEST(commands[1]->result.os_error == 0);
  }
}

BOOST_AUTO_TEST_CASE(the_device_is_gone_while_commands_wait) {
  SgWorld world(2);
  const auto commands = world.submit(4);
  world.kernel->wait_for_sent(2);
  const std::uint32_t first = world.kernel->sent()[0];
  world.kernel->answer(first, {.os_error = ENODEV});
  world.ends.wait_for(3);
  for (const std::size_t i : {std::size_t{first}, std::size_t{2}, std::size_t{3}}) {
    BOOST_TEST(commands[i]->result.os_error == ENODEV);
    BOOST_TEST((scsi::classify(*commands[i]).action == scsi::Action::path_error));
  }
  // Nothing goes down any more.
  const auto later = world.submit(1, 4);
  BOOST_TEST(later[0]->result.os_error == ENODEV);
  BOOST_TEST(world.kernel->sent().size() == 2U);
  // What is in flight is the kernel's yet.
  BOOST_TEST(world.path->usage().in_flight == 1U);
  world.kernel->answer(world.kernel->sent()[1]);
  world.ends.wait_for(5);
}

BOOST_AUTO_TEST_CASE(abort_ends_a_command_that_waits) {
  SgWorld world(2);
  const auto commands = world.submit(4);
  world.kernel->wait_for_sent(2);
  world.path->abort(*commands[2]);
  BOOST_TEST((world.ends.all() == std::vector<Command*>{commands[2].get()}));
  BOOST_TEST(commands[2]->result.os_error == 0);
  BOOST_TEST((commands[2]->result.host == static_cast<std::uint8_t>(scsi::HostByte::abort)));
  BOOST_TEST((scsi::classify(*commands[2]).action == scsi::Action::path_error));
  // The one behind it still goes.
  world.kernel->answer(0);
  world.kernel->wait_for_sent(3);
  BOOST_TEST(world.kernel->sent()[2] == 3U);
  world.answer(1, 4);
  world.ends.wait_for(4);
}

BOOST_FIXTURE_TEST_CASE(abort_leaves_a_sent_command_to_the_kernel, SgWorld) {
  const auto commands = submit(1);
  kernel->wait_for_sent(1);
  path->abort(*commands[0]);
  BOOST_TEST(ends.all().empty());
  kernel->answer(0);
  ends.wait_for(1);
  path->abort(*commands[0]);  // too late: nothing
  BOOST_TEST(ends.all().size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_path_with_stuck_commands_closes_when_they_are_back, SgWorld) {
  const auto commands = submit(3);
  kernel->wait_for_sent(3);
  path.reset();
  BOOST_TEST(service.graveyard.size() == 1U);
  kernel->answer(0);
  kernel->answer(2);
  ends.wait_for(2);
  BOOST_TEST(kernel->closes() == 0U);
  kernel->answer(1);
  kernel->wait_for_close();
  BOOST_TEST(kernel->closes() == 1U);
  BOOST_TEST(kernel->inside_at_close() == 0U);
  BOOST_TEST((kernel->closer() != std::this_thread::get_id()));
  ends.wait_for(3);
}

BOOST_FIXTURE_TEST_CASE(an_idle_path_closes_on_the_closers_thread, SgWorld) {
  path.reset();
  kernel->wait_for_close();
  BOOST_TEST((kernel->closer() != std::this_thread::get_id()));
}

BOOST_FIXTURE_TEST_CASE(a_node_that_does_not_open_is_named, SgWorld) {
  const auto other = std::make_shared<FakeKernel>();
  other->refuse_open(ENXIO);
  const auto opened = try_open(other, 2, 10);
  BOOST_REQUIRE(!opened.has_value());
  BOOST_TEST(opened.error().number == ENXIO);
  BOOST_TEST(opened.error().message.starts_with("/dev/bsg/1:0:0:0: "));
  BOOST_TEST(other->closes() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_path_that_does_not_answer_does_not_hinder_another, SgWorld) {
  const auto healthy = std::make_shared<FakeKernel>();
  const auto other = open(healthy);
  healthy->answer_at_once();
  const auto stuck = submit(100);
  kernel->wait_for_sent(16);
  for (int i = 0; i < 100; ++i) {
    TestCommand command(ends);
    const std::size_t before = ends.all().size();
    other->submit(command);
    ends.wait_for(before + 1);
    BOOST_TEST(command.result.os_error == 0);
  }
  BOOST_TEST(path->usage().waiting == 84U);
  kernel->answer_at_once();
  ends.wait_for(200);
}

// A submitter that may block carries its command itself; the last of its group may not.

BOOST_FIXTURE_TEST_CASE(a_submitter_with_leave_carries_its_command_to_its_end, SgWorld) {
  BlockingLeave group(2);
  const BlockingLeave::Membership membership(group);
  kernel->answer_at_once();
  const auto commands = submit(1);
  // Not a moment later: nobody else had a part in it.
  BOOST_TEST(ends.all().size() == 1U);
  BOOST_TEST(service.callers.busy() == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_last_one_of_a_group_hands_over, SgWorld) {
  BlockingLeave group(2);
  TestCommand slow(ends, scsi::read(7, 8));
  std::thread first([&] {
    const BlockingLeave::Membership membership(group);
    path->submit(slow);
  });
  kernel->wait_for_sent(1);
  const BlockingLeave::Membership membership(group);
  // Would not return if it waited.
  const auto commands = submit(1);
  kernel->wait_for_sent(2);
  kernel->answer(7);
  first.join();
  kernel->answer(0);
  ends.wait_for(2);
  // The leave is given back.
  kernel->answer(1);
  const std::size_t before = ends.all().size();
  const auto again = submit(1, 1);
  BOOST_TEST(ends.all().size() == before + 1);
}

BOOST_AUTO_TEST_CASE(whoever_carries_its_own_lets_the_waiting_ones_go_on) {
  SgWorld world(1);
  BlockingLeave group(2);
  TestCommand slow(world.ends, scsi::read(7, 8));
  std::thread first([&] {
    const BlockingLeave::Membership membership(group);
    world.path->submit(slow);
  });
  world.kernel->wait_for_sent(1);
  const auto commands = world.submit(3);
  BOOST_TEST(world.path->usage().waiting == 3U);
  world.answer(0, 3);
  world.kernel->answer(7);
  first.join();
  world.ends.wait_for(4);
  BOOST_TEST(world.kernel->most_inside() == 1U);
}

BOOST_FIXTURE_TEST_CASE(usage_tells_how_long_the_oldest_has_been_away, SgWorld) {
  BOOST_TEST(path->usage().oldest.count() == 0);
  const auto commands = submit(2);
  kernel->wait_for_sent(2);
  const Instant sent = clock.now();
  while (clock.now() == sent) continue;
  kernel->answer(1);
  ends.wait_for(1);
  BOOST_TEST(path->usage().oldest.count() > 0);
  BOOST_TEST(path->usage().in_flight == 1U);
  kernel->answer(0);
  ends.wait_for(2);
  BOOST_TEST(path->usage().oldest.count() == 0);
}

BOOST_AUTO_TEST_CASE(the_steady_state_takes_nothing_from_the_heap) {
  // No further thread: starting one is no steady state.
  SgWorld world(4, 1024, {.reserve = 4, .most = 4});
  world.kernel->answer_at_once();
  std::vector<std::unique_ptr<TestCommand>> commands;
  for (int i = 0; i < 40; ++i) commands.push_back(std::make_unique<TestCommand>(world.ends));
  std::size_t expected = 0;
  const auto run = [&](int rounds) {
    for (int round = 0; round < rounds; ++round) {
      for (const auto& command : commands) world.path->submit(*command);
      world.ends.wait_for(expected += commands.size());
      world.kernel->forget_sent();
    }
  };
  run(10);
  const std::uint64_t before = allocations();
  run(200);
  BOOST_TEST(allocations() == before);
}

BOOST_AUTO_TEST_SUITE_END()
