// SPDX-License-Identifier: LGPL-2.1-or-later
// The control thread runs tasks and timers in order, one at a time.
#include "control_thread.h"

#include <signal.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <vector>

#include "gate.h"

using namespace scsimpath;
using scsimpath::test::Gate;

namespace {

struct Note : Task {
  Note(std::vector<int>& all, int number, Gate& reached)
      : Task(write), notes(all), value(number), gate(reached) {}
  static void write(Task& task) noexcept {
    auto& note = static_cast<Note&>(task);
    note.notes.push_back(note.value);
    note.gate.arrive();
  }
  std::vector<int>& notes;
  int value;
  Gate& gate;
};

struct Alarm : Timer {
  Alarm(std::vector<int>& all, int number, Gate& reached)
      : Timer(ring), notes(all), value(number), gate(reached) {}
  static void ring(Timer& timer) noexcept {
    auto& alarm = static_cast<Alarm&>(timer);
    alarm.notes.push_back(alarm.value);
    alarm.gate.arrive();
  }
  std::vector<int>& notes;
  int value;
  Gate& gate;
};

struct Hold : Task {
  explicit Hold(Gate& let_go) : Task(wait), gate(let_go) {}
  static void wait(Task& task) noexcept { static_cast<Hold&>(task).gate.wait_for(1); }
  Gate& gate;
};

Instant now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control_thread)

BOOST_AUTO_TEST_CASE(runs_tasks_in_order_and_a_queued_one_once) {
  std::vector<int> notes;
  Gate let_go;
  Gate reached;
  Hold hold(let_go);
  Note first(notes, 1, reached);
  Note second(notes, 2, reached);
  ControlThread control;
  control.post(hold);
  control.post(first);
  control.post(second);
  control.post(first);
  let_go.arrive();
  reached.wait_for(2);
  control.post(first);
  control.stop();
  BOOST_TEST((notes == std::vector{1, 2, 1}));
}

BOOST_AUTO_TEST_CASE(fires_timers_by_deadline_not_by_arming) {
  std::vector<int> notes;
  Gate let_go;
  Gate reached;
  Hold hold(let_go);
  Alarm late(notes, 2, reached);
  Alarm early(notes, 1, reached);
  Alarm cancelled(notes, 3, reached);
  ControlThread control;
  control.post(hold);
  const Instant start = now();
  control.arm(late, start + std::chrono::milliseconds(2));
  control.arm(early, start + std::chrono::milliseconds(1));
  control.arm(cancelled, start);
  BOOST_TEST(control.cancel(cancelled));
  BOOST_TEST(!control.cancel(cancelled));
  let_go.arrive();
  reached.wait_for(2);
  BOOST_TEST((now() - start >= std::chrono::milliseconds(2)));
  control.stop();
  BOOST_TEST((notes == std::vector{1, 2}));
}

BOOST_AUTO_TEST_CASE(an_earlier_deadline_cuts_the_nap_short) {
  std::vector<int> notes;
  Gate reached;
  Alarm far(notes, 2, reached);
  Alarm near(notes, 1, reached);
  ControlThread control;
  control.arm(far, now() + std::chrono::hours(1));
  control.arm(near, now() + std::chrono::milliseconds(1));
  reached.wait_for(1);
  control.arm(far, now());
  reached.wait_for(2);
  control.stop();
  BOOST_TEST((notes == std::vector{1, 2}));
}

BOOST_AUTO_TEST_CASE(a_deadline_that_never_comes_does_not_wake_it) {
  std::vector<int> notes;
  Gate reached;
  Alarm never(notes, 1, reached);
  ControlThread control;
  control.arm(never, Instant::max());
  control.stop();
  BOOST_TEST(notes.empty());
}

BOOST_AUTO_TEST_CASE(a_task_may_post_itself_and_knows_its_thread) {
  struct Again : Task {
    Again(ControlThread& thread, Gate& all) : Task(run_again), control(thread), gate(all) {}
    static void run_again(Task& task) noexcept {
      auto& self = static_cast<Again&>(task);
      self.on_it = self.control.is_current();
      if (++self.runs < 3) self.control.post(self);
      self.gate.arrive();
    }
    ControlThread& control;
    Gate& gate;
    int runs = 0;
    bool on_it = false;
  };
  Gate gate;
  ControlThread control;
  Again again(control, gate);
  control.post(again);
  gate.wait_for(3);
  control.stop();
  BOOST_TEST(again.runs == 3);
  BOOST_TEST(again.on_it);
  BOOST_TEST(!control.is_current());
}

BOOST_AUTO_TEST_CASE(takes_no_signals) {
  struct Look : Task {
    Look() : Task(look) {}
    static void look(Task& task) noexcept {
      sigset_t mask;
      pthread_sigmask(SIG_SETMASK, nullptr, &mask);
      static_cast<Look&>(task).blocked = sigismember(&mask, SIGTERM) == 1;
    }
    bool blocked = false;
  };
  ControlThread control;
  Look look;
  control.post(look);
  control.stop();
  BOOST_TEST(look.blocked);
}

BOOST_AUTO_TEST_SUITE_END()
