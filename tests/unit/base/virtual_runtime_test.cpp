// SPDX-License-Identifier: LGPL-2.1-or-later
// The test support's own promises: order, deadlines, one run per post.
#include "virtual_runtime.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <vector>

using namespace scsimpath;
using namespace std::chrono_literals;
using scsimpath::test::VirtualRuntime;

namespace {

struct Note : Task {
  Note(std::vector<int>& all, int number) : Task(write), notes(all), value(number) {}
  static void write(Task& task) noexcept {
    auto& note = static_cast<Note&>(task);
    note.notes.push_back(note.value);
  }
  std::vector<int>& notes;
  int value;
};

struct Alarm : Timer {
  Alarm(std::vector<int>& all, int number, VirtualRuntime& world)
      : Timer(ring), notes(all), value(number), runtime(world) {}
  static void ring(Timer& timer) noexcept {
    auto& alarm = static_cast<Alarm&>(timer);
    alarm.notes.push_back(alarm.value);
    alarm.rang = alarm.runtime.now();
  }
  std::vector<int>& notes;
  int value;
  VirtualRuntime& runtime;
  Instant rang{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(virtual_runtime)

BOOST_AUTO_TEST_CASE(time_moves_only_when_told_and_stops_at_every_deadline) {
  VirtualRuntime world;
  std::vector<int> notes;
  Alarm second(notes, 2, world);
  Alarm first(notes, 1, world);
  const Instant start = world.now();
  world.runtime().timers.arm(second, start + 20ms);
  world.runtime().timers.arm(first, start + 10ms);
  world.run_until_idle();
  BOOST_TEST(notes.empty());
  world.advance(19ms);
  BOOST_TEST((notes == std::vector{1}));
  BOOST_TEST((first.rang == start + 10ms));
  world.advance(1ms);
  BOOST_TEST((notes == std::vector{1, 2}));
  BOOST_TEST((world.now() == start + 20ms));
}

BOOST_AUTO_TEST_CASE(a_past_deadline_fires_but_not_inside_arm) {
  VirtualRuntime world;
  std::vector<int> notes;
  Alarm late(notes, 1, world);
  world.runtime().timers.arm(late, world.now() - 1s);
  BOOST_TEST(notes.empty());
  BOOST_TEST(!world.idle());
  world.run_until_idle();
  BOOST_TEST((notes == std::vector{1}));
  BOOST_TEST(!world.runtime().timers.cancel(late));
}

BOOST_AUTO_TEST_CASE(tasks_run_first_in_first_out_and_control_goes_first) {
  VirtualRuntime world;
  std::vector<int> notes;
  Note one(notes, 1);
  Note two(notes, 2);
  Note control(notes, 3);
  world.runtime().workers.post(one);
  world.runtime().workers.post(two);
  world.runtime().workers.post(one);
  world.runtime().control.post(control);
  world.run_until_idle();
  BOOST_TEST((notes == std::vector{3, 1, 2}));
}

BOOST_AUTO_TEST_SUITE_END()
