// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes that pass io_timeout: they may yet be executed (trap 17), so their blocks stay locked.
#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "head_world.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

namespace {

/// Two paths; the first takes commands and does not give them back.
struct Stuck {
  explicit Stuck(HeadSettings settings = {}) : world({.settings = settings}) {
    world.path(0).hold_io = true;
    world.path(0).abort_does = ScriptedPath::Abort::ignored;
  }
  /// The oldest command comes back, executed or not.
  void comes_back(bool executed) {
    world.path(0).complete_held(0, executed ? Answer::good() : Answer::host_byte(0x03));
    world.settle();
  }
  void recovers() {
    world.path(0).hold_io = false;
    world.path(0).complete_all_held();
    world.advance(6s);
    BOOST_TEST(world.path_status(0).usable);
    BOOST_TEST(world.status().ghosts == 0U);
    BOOST_TEST((world.status().state == HeadState::ok));
  }
  HeadWorld world;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(ghost)

BOOST_AUTO_TEST_CASE(a_write_is_sent_again_at_once_and_answered_when_the_late_attempt_is_dead) {
  for (const bool executed : {false, true}) {
    Stuck stuck;
    HeadWorld& world = stuck.world;
    auto& first = world.write(0, 1024);
    auto& overlapping = world.write(512, 1024);
    auto& apart = world.write(8192, 512);
    world.advance(10s);
    BOOST_TEST(world.path(0).aborts == 2U);
    BOOST_TEST(world.path(1).count_writes() == 2U);
    BOOST_TEST(world.agrees_with_disk(first));
    world.advance(10s);
    for (const TestRequest* each : {&first, &overlapping, &apart}) BOOST_TEST(!each->is_done());
    BOOST_TEST(world.status().ghosts == 2U);
    BOOST_TEST(world.status().held == 3U);
    BOOST_TEST(world.status().in_flight == 0U);
    BOOST_TEST((world.status().state == HeadState::degraded));
    BOOST_TEST(world.events.count(EventKind::write_abandoned, "p0") == 2U);
    // The path takes nothing, also when checks say that it works; elsewhere all goes on.
    BOOST_TEST(world.write(16384, 512).is_good());
    BOOST_TEST(!world.path_status(0).usable);

    stuck.comes_back(executed);
    BOOST_TEST(first.is_good());
    BOOST_TEST(overlapping.is_good());
    BOOST_TEST(world.agrees_with_disk(overlapping));
    BOOST_TEST(!apart.is_done());
    stuck.recovers();
    BOOST_TEST(apart.is_good());
    for (const TestRequest* each : {&first, &apart}) {
      BOOST_TEST(each->kept_data == 1U);
      BOOST_TEST(each->returned == 1U);
    }
    BOOST_TEST(world.status().counters.errors == 0U);
  }
}

BOOST_AUTO_TEST_CASE(where_no_other_host_writes_the_answer_does_not_wait) {
  Stuck stuck({.exclusive = true});
  HeadWorld& world = stuck.world;
  const Instant begin = world.runtime.now();
  auto& first = world.write(0, 1024);
  auto& overlapping = world.write(512, 1024);
  world.advance(10s);
  BOOST_TEST(first.is_good());
  BOOST_TEST((first.done_at - begin == 10s));
  BOOST_TEST(first.returned == 0U);
  // But nothing may overtake what is left of it.
  world.advance(10s);
  BOOST_TEST(!overlapping.is_done());
  BOOST_TEST(world.path(1).count_writes() == 1U);
  BOOST_TEST(world.status().ghosts == 1U);
  BOOST_TEST(world.status().held == 1U);
  stuck.comes_back(true);
  BOOST_TEST(first.returned == 1U);
  BOOST_TEST(first.times_done == 1U);
  BOOST_TEST(overlapping.is_good());
  BOOST_TEST(world.agrees_with_disk(overlapping));
  stuck.recovers();
}

BOOST_AUTO_TEST_CASE(nobody_waits_longer_than_ghost_timeout) {
  for (const bool exclusive : {false, true}) {
    Stuck stuck({.exclusive = exclusive, .ghost_timeout = 20s});
    HeadWorld& world = stuck.world;
    const Instant begin = world.runtime.now();
    auto& first = world.write(0, 1024);
    world.advance(12s);
    auto& overlapping = world.write(512, 1024);
    auto& behind = world.write(1024, 1024);
    world.advance(30s);
    BOOST_TEST((first.error == (exclusive ? IoError::none : IoError::io)));
    BOOST_TEST((first.done_at - begin == (exclusive ? 10s : 30s)));
    BOOST_TEST((overlapping.error == IoError::io));
    BOOST_TEST((overlapping.done_at - begin == 32s));
    // It stood before one that stood before the haunted range, and not before that.
    BOOST_TEST(behind.is_good());
    BOOST_TEST(world.events.count(EventKind::ghost_timeout) == (exclusive ? 1U : 2U));
    // The range stays locked, whatever was told.
    auto& later = world.write(0, 512);
    world.advance(10s);
    BOOST_TEST(!later.is_done());
    BOOST_TEST(world.status().ghosts == 1U);
    stuck.comes_back(true);
    BOOST_TEST(later.is_good());
    BOOST_TEST(world.agrees_with_disk(later));
    stuck.recovers();
  }
}

BOOST_AUTO_TEST_CASE(a_wait_without_a_bound_ends_when_settings_say_so) {
  Stuck stuck({.ghost_timeout = HeadSettings::forever});
  HeadWorld& world = stuck.world;
  auto& first = world.write(0, 1024);
  auto& second = world.write(8192, 1024);
  auto& overlapping = world.write(0, 512);
  world.advance(1h);
  BOOST_TEST(!first.is_done());
  world.set([](HeadSettings& settings) { settings.exclusive = true; });
  BOOST_TEST(first.is_good());
  BOOST_TEST(second.is_good());
  BOOST_TEST(!overlapping.is_done());
  world.set([](HeadSettings& settings) { settings.ghost_timeout = 1s; });
  BOOST_TEST((overlapping.error == IoError::io));
  stuck.recovers();
}

BOOST_AUTO_TEST_CASE(an_error_is_told_at_once_and_the_range_stays_locked) {
  Stuck stuck;
  HeadWorld& world = stuck.world;
  auto& first = world.write(0, 1024);
  world.path(1).script_io(Answer::sense(3, 0x11));
  world.advance(10s);
  BOOST_TEST((first.error == IoError::medium));
  auto& overlapping = world.write(0, 512);
  world.advance(10s);
  BOOST_TEST(!overlapping.is_done());
  stuck.comes_back(true);
  BOOST_TEST(overlapping.is_good());
  BOOST_TEST(world.agrees_with_disk(overlapping));
  BOOST_TEST(first.returned == 1U);
  stuck.recovers();
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_each_wait) {
  Stuck stuck;
  HeadWorld& world = stuck.world;
  auto& first = world.write(0, 1024);
  auto& overlapping = world.write(0, 512);
  world.advance(15s);
  world.head().cancel(overlapping);
  BOOST_TEST((overlapping.error == IoError::interrupted));
  world.head().cancel(first);
  BOOST_TEST((first.error == IoError::interrupted));
  BOOST_TEST(first.returned == 0U);
  BOOST_TEST(world.status().held == 0U);
  auto& later = world.write(0, 512);
  world.advance(15s);
  BOOST_TEST(!later.is_done());
  stuck.comes_back(true);
  BOOST_TEST(later.is_good());
  stuck.recovers();
}

BOOST_AUTO_TEST_CASE(the_end_of_the_mount_does_not_wait) {
  Stuck stuck;
  HeadWorld& world = stuck.world;
  auto& first = world.write(0, 1024);
  auto& overlapping = world.write(0, 512);
  world.advance(15s);
  world.registry.stop_holding();
  world.settle();
  BOOST_TEST((first.error == IoError::io));
  BOOST_TEST((overlapping.error == IoError::io));
  // Nothing is acknowledged that may yet be executed, also not from now on.
  auto& late = world.write(8192, 512);
  BOOST_TEST(late.is_good());
  world.path(0).hold_io = false;
  world.path(0).complete_all_held();
  world.advance(6s);
  BOOST_TEST(first.returned == 1U);
}

BOOST_AUTO_TEST_CASE(a_write_that_hangs_while_the_mount_ends_is_no_success) {
  Stuck stuck;
  HeadWorld& world = stuck.world;
  auto& write = world.write(0, 1024);
  world.registry.stop_holding();
  world.advance(10s);
  BOOST_TEST((write.error == IoError::io));
  stuck.recovers();
}

BOOST_AUTO_TEST_CASE(who_cannot_do_without_its_data_waits_for_the_device) {
  Stuck stuck;
  HeadWorld& world = stuck.world;
  auto& write = world.prepare(Operation::write, 0, 1024);
  write.keep_data = nullptr;
  world.start(write);
  world.advance(60s);
  BOOST_TEST(!write.is_done());
  BOOST_TEST(world.path(1).count_writes() == 0U);
  stuck.comes_back(true);
  BOOST_TEST(write.is_good());
  BOOST_TEST(write.returned == 0U);
  stuck.recovers();
}

BOOST_AUTO_TEST_CASE(a_late_flush_does_no_harm) {
  Stuck stuck;
  HeadWorld& world = stuck.world;
  const Instant begin = world.runtime.now();
  auto& flush = world.flush();
  world.advance(10s);
  BOOST_TEST(flush.is_good());
  BOOST_TEST((flush.done_at - begin == 10s));
  BOOST_TEST(world.status().ghosts == 0U);
  stuck.recovers();
  BOOST_TEST(flush.times_done == 1U);
}

BOOST_AUTO_TEST_CASE(parts_of_blocks_and_zeros_leave_ghosts_as_well) {
  for (const Operation operation : {Operation::write, Operation::zero, Operation::discard}) {
    HeadWorld world({.settings = {.exclusive = true}, .paths = 0});
    world.disk->thin = {.told = true, .reads_zeros = true, .unmap = true};
    for (int i = 0; i < 2; ++i) world.add_path().abort_does = ScriptedPath::Abort::ignored;
    BOOST_TEST(world.write(0, 16384).is_good());
    std::vector<std::uint8_t> expected = world.disk->data;
    auto& request = world.prepare(operation, 4000, 5000);
    world.path(0).hold_io = true;
    world.start(request);
    world.settle();
    // Whichever of its commands the device keeps, the others go on.
    unsigned hangs = 0;
    for (; !request.is_done() && hangs < 20; ++hangs) {
      if (hangs % 2 == 1) {
        world.path(0).complete_held(0);
        world.settle();
      } else {
        world.advance(10s);
      }
      world.advance(6s);
    }
    BOOST_TEST((request.error == IoError::none));
    for (std::size_t i = 0; i < 5000; ++i) {
      expected[4000 + i] = operation == Operation::write ? request.buffer[i] : std::uint8_t{0};
    }
    BOOST_TEST((world.disk->data == expected));
    // What comes late does the same once more.
    world.path(0).hold_io = false;
    world.path(0).complete_all_held();
    world.advance(6s);
    BOOST_TEST((world.disk->data == expected));
    BOOST_TEST(world.status().ghosts == 0U);
    BOOST_TEST(request.kept_data == request.returned);
  }
}

BOOST_AUTO_TEST_CASE(trap_17_a_head_that_knows_of_a_ghost_does_not_go) {
  HeadWorld world({.settings = {.no_path_timeout = Duration::zero()}, .paths = 1});
  world.path(0).hold_io = true;
  world.path(0).abort_does = ScriptedPath::Abort::ignored;
  auto& request = world.write(0, 512);
  world.advance(10s);
  BOOST_TEST((request.error == IoError::io));
  bool removed = false;
  world.remove("p0", removed);
  world.advance(1min);
  BOOST_TEST(world.registry.heads().size() == 1U);  // whoever comes next would write below it
  world.path(0).complete_all_held();
  world.advance(1s);
  BOOST_TEST(removed);
  BOOST_TEST(world.registry.heads().empty());
}

BOOST_AUTO_TEST_CASE(removing_the_path_waits_for_nothing_and_frees_nothing) {
  Stuck stuck({.exclusive = true});
  HeadWorld& world = stuck.world;
  auto& first = world.write(0, 1024);
  world.advance(10s);
  BOOST_TEST(first.is_good());
  bool removed = false;
  world.remove("p0", removed);
  world.advance(5s);
  BOOST_TEST(world.status().paths.size() == 1U);
  BOOST_TEST(!removed);
  auto& overlapping = world.write(0, 512);
  world.advance(5s);
  BOOST_TEST(!overlapping.is_done());
  BOOST_TEST(world.status().ghosts == 1U);
  stuck.comes_back(true);
  world.advance(1s);
  BOOST_TEST(removed);
  BOOST_TEST(overlapping.is_good());
  BOOST_TEST(world.path(0).destroyed);
}

BOOST_AUTO_TEST_SUITE_END()
