// SPDX-License-Identifier: LGPL-2.1-or-later
// Faults that the simulation has found, each as the short schedule it was shrunk to.
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "schedule.h"
#include "simulation.h"

using namespace scsimpath;
using namespace scsimpath::sim;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(sim_regressions)

BOOST_AUTO_TEST_CASE(the_same_schedule_is_the_same_run) {
  const Schedule schedule = generate(4711);
  const Verdict first = run(schedule, true);
  const Verdict second = run(schedule, true);
  BOOST_TEST(first.good());
  BOOST_TEST(first.story.size() > 200U);
  BOOST_TEST(first.story == second.story, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_check_that_hears_of_another_disk_holds_io_back) {
  Schedule schedule;
  schedule.seed = 1672;
  schedule.settings.no_path_timeout = 5000ms;
  schedule.settings.io_timeout = 3501ms;
  schedule.settings.checker_interval = 4796ms;
  schedule.settings.ghost_timeout = 10000ms;
  schedule.thin = true;
  schedule.paths = {
      {true, false, PathPlan::Abort{0}, 0, AccessState{0}},
      {false, false, PathPlan::Abort{1}, 1, AccessState{0}},
  };
  schedule.steps = {
      {975779us, Kind::other_disk, 1, 0, 0, 0},
      {1767876us, Kind::slow, 1, 467318, 0, 0},
      {1958389us, Kind::take_out, 0, 0, 0, 0},
      {4729707us, Kind::read, 0, 7168, 512, 0},
  };
  BOOST_TEST(run(schedule).failure == "");
}

BOOST_AUTO_TEST_CASE(a_read_that_is_given_up_keeps_what_it_has_read) {
  Schedule schedule;
  schedule.seed = 24;
  schedule.settings.iopolicy = IoPolicy{1};
  schedule.settings.no_path_timeout = 0ms;
  schedule.settings.io_timeout = 2873ms;
  schedule.settings.checker_interval = 2075ms;
  schedule.settings.ghost_timeout = HeadSettings::forever;
  schedule.max_transfer_blocks = 4;
  schedule.thin = true;
  schedule.unmap_ignores = true;
  schedule.paths = {
      {false, false, PathPlan::Abort{0}, 0, AccessState{0}},
      {true, true, PathPlan::Abort{0}, 0, AccessState{0}},
      {true, false, PathPlan::Abort{1}, 0, AccessState{0}},
  };
  schedule.steps = {
      {855505us, Kind::write, 0, 13824, 2048, 0}, {855715us, Kind::write, 0, 15313, 515, 1},
      {882957us, Kind::hang, 2, 0, 0, 0},         {1017428us, Kind::write, 0, 15360, 512, 1},
      {2112053us, Kind::write, 0, 1024, 512, 0},  {2785256us, Kind::read, 0, 12363, 1023, 0},
      {8904232us, Kind::write, 0, 366, 682, 0},
  };
  BOOST_TEST(run(schedule).failure == "");
}

BOOST_AUTO_TEST_CASE(what_is_under_way_when_the_mount_ends_has_one_io_timeout) {
  Schedule schedule;
  schedule.seed = 5694;
  schedule.settings.iopolicy = IoPolicy{1};
  schedule.settings.no_path_timeout = 0ms;
  schedule.settings.io_timeout = 2500ms;
  schedule.settings.checker_interval = 1212ms;
  schedule.settings.ghost_timeout = 10000ms;
  schedule.max_transfer_blocks = 4;
  schedule.thin = true;
  schedule.shared = true;
  schedule.paths = {
      {false, false, PathPlan::Abort{0}, 0, AccessState{0}},
      {false, false, PathPlan::Abort{2}, 1, AccessState{1}},
  };
  schedule.steps = {
      {109285us, Kind::hang, 0, 0, 0, 0},
      {946458us, Kind::hang, 1, 0, 0, 0},
      {1118079us, Kind::discard, 0, 1536, 512, 0},
      {2151745us, Kind::unmount, 0, 0, 0, 0},
  };
  BOOST_TEST(run(schedule).failure == "");
}

BOOST_AUTO_TEST_SUITE_END()
