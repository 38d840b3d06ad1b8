// SPDX-License-Identifier: LGPL-2.1-or-later
// Commands of a kernel path: their order, their room and their one end.
#include <boost/test/unit_test.hpp>
#include <set>

#include "allocation_counter.h"
#include "outcome.h"
#include "sg_world.h"

using namespace scsimpath;
using namespace scsimpath::test;

BOOST_AUTO_TEST_SUITE(sg_channel)

BOOST_FIXTURE_TEST_CASE(commands_end_in_the_order_in_which_they_come_back, SgWorld) {
  const auto commands = submit(3);
  const auto sent = kernel().sent();
  BOOST_REQUIRE(sent.size() == 3U);
  for (std::uint32_t i = 0; i < 3; ++i) BOOST_TEST(lba_of(sent[i]) == i);
  for (const std::size_t i : {2U, 0U, 1U}) {
    const std::size_t before = ends.all().size();
    kernel().answer(sent[i]);
    ends.wait_for(before + 1);
  }
  BOOST_TEST((ends.all() ==
              std::vector<Command*>{commands[2].get(), commands[0].get(), commands[1].get()}));
}

BOOST_FIXTURE_TEST_CASE(the_seventeenth_waits_for_room_and_order_is_kept, SgWorld) {
  const auto commands = submit(20);
  BOOST_TEST(kernel().sent().size() == 16U);
  BOOST_TEST(path->usage().in_flight == 16U);
  BOOST_TEST(path->usage().waiting == 4U);
  kernel().answer(kernel().sent()[5]);
  kernel().wait_for_sent(17);
  kernel().answer(kernel().sent()[0]);
  kernel().answer(kernel().sent()[1]);
  kernel().answer(kernel().sent()[2]);
  kernel().wait_for_sent(20);
  const auto sent = kernel().sent();
  for (std::uint32_t i = 0; i < 20; ++i) BOOST_TEST(lba_of(sent[i]) == i);
  for (std::size_t i = 3; i < 20; ++i) {
    if (i != 5) kernel().answer(sent[i]);
  }
  ends.wait_for(20);
  const auto all = ends.all();
  BOOST_TEST(std::set<Command*>(all.begin(), all.end()).size() == 20U);
  for (const auto& command : commands) BOOST_TEST(command->result.os_error == 0);
}

BOOST_AUTO_TEST_CASE(two_descriptors_take_32) {
  SgWorld world(2);
  const auto commands = world.submit(40);
  BOOST_TEST(world.kernels[0]->sent().size() == 16U);
  BOOST_TEST(world.kernels[1]->sent().size() == 16U);
  for (int round = 0; round < 2; ++round) {
    for (const auto& kernel : world.kernels) {
      kernel->answer_all();
      kernel->forget_sent();
    }
    world.ends.wait_for(round == 0 ? 32 : 40);
    if (round == 0) {
      while (world.path->usage().waiting > 0 || world.path->usage().in_flight < 8) continue;
    }
  }
}

BOOST_AUTO_TEST_CASE(beyond_the_waiting_room_the_path_is_busy) {
  SgWorld world(1, 2);
  const auto commands = world.submit(19);
  BOOST_TEST((world.ends.all() == std::vector<Command*>{commands[18].get()}));
  BOOST_TEST(commands[18]->result.os_error == EDOM);
  BOOST_TEST((scsi::classify(*commands[18]).action == scsi::Action::busy));
  world.kernel().answer_all();
  world.kernel().wait_for_sent(18);
  const auto sent = world.kernel().sent();
  world.kernel().answer(sent[16]);
  world.kernel().answer(sent[17]);
  world.ends.wait_for(19);
}

BOOST_FIXTURE_TEST_CASE(a_descriptor_that_is_full_earlier_than_thought_makes_commands_wait,
                        SgWorld) {
  kernel().limit(2);
  const auto commands = submit(3);
  BOOST_TEST(path->usage().in_flight == 2U);
  BOOST_TEST(path->usage().waiting == 1U);
  BOOST_TEST(ends.all().empty());
  kernel().answer(kernel().sent()[0]);
  kernel().wait_for_sent(3);
  kernel().answer(kernel().sent()[1]);
  kernel().answer(kernel().sent()[2]);
  ends.wait_for(3);
  for (const auto& command : commands) BOOST_TEST(command->result.os_error == 0);
}

BOOST_FIXTURE_TEST_CASE(a_full_descriptor_with_nothing_in_flight_is_busy, SgWorld) {
  kernel().refuse({EDOM});
  const auto commands = submit(1);
  BOOST_TEST(commands[0]->result.os_error == EDOM);
  BOOST_TEST(path->usage().in_flight == 0U);
}

BOOST_FIXTURE_TEST_CASE(an_error_of_one_command_is_that_commands, SgWorld) {
  for (const int number : {ENXIO, ENOMEM, EAGAIN, EINVAL, EPERM, EIO}) {
    const std::size_t before = ends.all().size();
    kernel().refuse({number});
    const auto commands = submit(2);
    kernel().answer(kernel().sent().back());
    ends.wait_for(before + 2);
    BOOST_TEST(commands[0]->result.os_error == number);
    BOOST_TEST(commands[1]->result.os_error == 0);
  }
}

BOOST_FIXTURE_TEST_CASE(the_device_is_gone_while_commands_wait, SgWorld) {
  const auto commands = submit(20);
  kernel().refuse({ENODEV});
  kernel().answer(kernel().sent()[0]);  // room for the next, which meets it
  ends.wait_for(5);
  for (std::size_t i = 16; i < 20; ++i) {
    BOOST_TEST(commands[i]->result.os_error == ENODEV);
    BOOST_TEST((scsi::classify(*commands[i]).action == scsi::Action::path_error));
  }
  // Nothing goes down any more.
  const auto later = submit(1);
  BOOST_TEST(later[0]->result.os_error == ENODEV);
  BOOST_TEST(kernel().sent().size() == 16U);
  // What is in flight is the kernel's yet.
  BOOST_TEST(path->usage().in_flight == 15U);
  const auto sent = kernel().sent();
  for (std::size_t i = 1; i < 16; ++i) kernel().answer(sent[i]);
  ends.wait_for(21);
}

BOOST_FIXTURE_TEST_CASE(the_device_disappears_under_commands_in_flight, SgWorld) {
  const auto commands = submit(18);
  kernel().remove_device();
  ends.wait_for(2);  // those that waited
  BOOST_TEST(commands[16]->result.os_error == ENODEV);
  BOOST_TEST(commands[17]->result.os_error == ENODEV);
  BOOST_TEST(path->usage().in_flight == 16U);
  path.reset();
  BOOST_TEST(kernel().closes() == 0U);
}

BOOST_FIXTURE_TEST_CASE(an_answer_that_cannot_be_read_ends_its_command, SgWorld) {
  const auto commands = submit(2);
  kernel().lose_next_answer(EFAULT);
  kernel().answer(kernel().sent()[1]);
  ends.wait_for(1);
  BOOST_TEST(commands[1]->result.os_error == EFAULT);
  kernel().answer(kernel().sent()[0]);
  ends.wait_for(2);
  BOOST_TEST(commands[0]->result.os_error == 0);
}

BOOST_FIXTURE_TEST_CASE(an_interrupted_reap_asks_again, SgWorld) {
  const auto commands = submit(1);
  kernel().fail_next_reap(EINTR);
  kernel().answer(kernel().sent()[0]);
  ends.wait_for(1);
}

BOOST_FIXTURE_TEST_CASE(an_answer_nobody_waits_for_is_counted_and_dropped, SgWorld) {
  const auto commands = submit(1);
  auto stray = kernel().sent()[0];
  kernel().answer(stray);
  ends.wait_for(1);
  const auto again = submit(1);  // in the same slot
  kernel().answer(stray);        // the old one once more
  kernel().answer(kernel().sent()[1]);
  ends.wait_for(2);
  BOOST_TEST((ends.all() == std::vector<Command*>{commands[0].get(), again[0].get()}));
  BOOST_TEST(path->usage().strays == 1U);
}

BOOST_FIXTURE_TEST_CASE(abort_ends_a_command_that_waits, SgWorld) {
  const auto commands = submit(18);
  path->abort(*commands[16]);
  BOOST_TEST((ends.all() == std::vector<Command*>{commands[16].get()}));
  BOOST_TEST(commands[16]->result.os_error == 0);
  BOOST_TEST((commands[16]->result.host == static_cast<std::uint8_t>(scsi::HostByte::abort)));
  BOOST_TEST((scsi::classify(*commands[16]).action == scsi::Action::path_error));
  // The one behind it still goes.
  kernel().answer(kernel().sent()[0]);
  kernel().wait_for_sent(17);
  BOOST_TEST(lba_of(kernel().sent()[16]) == 17U);
}

BOOST_FIXTURE_TEST_CASE(abort_leaves_a_sent_command_to_the_kernel, SgWorld) {
  const auto commands = submit(1);
  path->abort(*commands[0]);
  BOOST_TEST(ends.all().empty());
  kernel().answer(kernel().sent()[0]);
  ends.wait_for(1);
  path->abort(*commands[0]);  // too late: nothing
  BOOST_TEST(ends.all().size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_path_with_stuck_commands_closes_when_they_are_back, SgWorld) {
  const auto commands = submit(3);
  path.reset();
  BOOST_TEST(service.graveyard.size() == 1U);
  BOOST_TEST(kernel().closes() == 0U);
  const auto sent = kernel().sent();
  kernel().answer(sent[0]);
  kernel().answer(sent[2]);
  ends.wait_for(2);
  BOOST_TEST(kernel().closes() == 0U);
  kernel().answer(sent[1]);
  kernel().wait_for_close();
  BOOST_TEST(kernel().closes() == 1U);
  BOOST_TEST(kernel().in_flight_at_close() == 0U);
  BOOST_TEST((kernel().closer() != std::this_thread::get_id()));
  BOOST_TEST(ends.all().size() == 3U);
}

BOOST_FIXTURE_TEST_CASE(an_idle_path_closes_on_the_closers_thread, SgWorld) {
  path.reset();
  kernel().wait_for_close();
  BOOST_TEST((kernel().closer() != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(when_one_descriptor_does_not_open_the_others_are_closed) {
  SgWorld world;
  std::vector<std::shared_ptr<FakeKernel>> kernels{std::make_shared<FakeKernel>(),
                                                   std::make_shared<FakeKernel>()};
  kernels[1]->refuse_open(ENXIO);
  const auto opened = world.try_open(kernels, 2, 10);
  BOOST_REQUIRE(!opened.has_value());
  BOOST_TEST(opened.error().number == ENXIO);
  BOOST_TEST(opened.error().message.starts_with("/dev/sg1: "));
  BOOST_TEST(kernels[0]->opens() == 1U);
  BOOST_TEST(kernels[0]->closes() == 1U);
  BOOST_TEST(kernels[1]->closes() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_path_that_does_not_answer_does_not_hinder_another, SgWorld) {
  std::vector<std::shared_ptr<FakeKernel>> others;
  const auto other = open(others);
  others.front()->answer_at_once();
  const auto stuck = submit(100);
  for (int i = 0; i < 100; ++i) {
    TestCommand command(ends);
    const std::size_t before = ends.all().size();
    other->submit(command);
    ends.wait_for(before + 1);
    BOOST_TEST(command.result.os_error == 0);
  }
  BOOST_TEST(path->usage().waiting == 84U);
  kernel().answer_at_once();
  kernel().answer_all();
  ends.wait_for(200);
}

BOOST_FIXTURE_TEST_CASE(a_write_that_blocks_holds_one_thread_of_its_path, SgWorld) {
  kernel().block(true);
  const auto first = std::make_unique<TestCommand>(ends);
  std::thread held([&] { path->submit(*first); });
  kernel().wait_until_inside();
  // Others go on: their commands wait.
  const auto commands = submit(10);
  BOOST_TEST(path->usage().waiting == 10U);
  path->abort(*commands[9]);
  BOOST_TEST(ends.all().size() == 1U);
  kernel().block(false);
  held.join();
  kernel().wait_for_sent(10);
  BOOST_TEST(kernel().most_inside() == 1U);
  kernel().answer_all();
  ends.wait_for(11);
}

BOOST_FIXTURE_TEST_CASE(usage_tells_how_long_the_oldest_has_been_away, SgWorld) {
  BOOST_TEST(path->usage().oldest.count() == 0);
  const auto commands = submit(1);
  const Instant sent = clock.now();
  while (clock.now() == sent) continue;
  BOOST_TEST(path->usage().oldest.count() > 0);
  kernel().answer(kernel().sent()[0]);
  ends.wait_for(1);
  BOOST_TEST(path->usage().oldest.count() == 0);
}

BOOST_FIXTURE_TEST_CASE(the_steady_state_takes_nothing_from_the_heap, SgWorld) {
  kernel().answer_at_once();
  std::vector<std::unique_ptr<TestCommand>> commands;
  for (int i = 0; i < 40; ++i) commands.push_back(std::make_unique<TestCommand>(ends));
  std::size_t expected = 0;
  const auto run = [&](int rounds) {
    for (int round = 0; round < rounds; ++round) {
      for (const auto& command : commands) path->submit(*command);
      ends.wait_for(expected += commands.size());
      kernel().forget_sent();
    }
  };
  run(10);
  const std::uint64_t before = allocations();
  run(200);
  BOOST_TEST(allocations() == before);
}

BOOST_AUTO_TEST_SUITE_END()
