// SPDX-License-Identifier: LGPL-2.1-or-later
// Explicit ALUA: when a port group is asked for, and when it is left to others.
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "activation_pace.h"
#include "head_world.h"

namespace {

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

constexpr std::uint8_t set_target_port_groups = 0xa4;
constexpr std::uint8_t test_unit_ready = 0x00;

/// One controller has the disk, the other would have to be asked.
struct ActivePassive : HeadWorld {
  explicit ActivePassive(HeadSettings settings = {})
      : HeadWorld({.settings = settings, .paths = 0}) {
    disk->explicit_alua = true;
    add_path({.name = "a", .group = 1, .access = AccessState::optimized});
    add_path({.name = "b", .group = 2, .access = AccessState::standby});
  }
  /// Whoever sends to it loses.
  void break_path(std::size_t index) {
    path(index).every_io = Answer::host_byte(0x01);
    path(index).every_check = Answer::host_byte(0x01);
  }
  void mend(std::size_t index) {
    path(index).every_io.reset();
    path(index).every_check.reset();
  }
  [[nodiscard]] std::size_t asked() {
    return path(0).count_opcode(set_target_port_groups) +
           path(1).count_opcode(set_target_port_groups);
  }
  /// Another host makes its own group active.
  void steal(std::uint16_t group) {
    for (auto& [each, state] : disk->access) {
      state = each == group ? AccessState::optimized : AccessState::standby;
    }
  }
};

BOOST_AUTO_TEST_SUITE(activation)

BOOST_AUTO_TEST_CASE(the_last_way_is_asked_for_and_no_error_is_seen) {
  for (const Duration no_path_timeout : {Duration::zero(), Duration(30s)}) {
    HeadSettings settings;
    settings.no_path_timeout = no_path_timeout;
    ActivePassive world(settings);
    BOOST_TEST(world.write(0, 512).is_good());
    BOOST_TEST(world.asked() == 0U);
    world.path(0).go_down();
    auto& write = world.write(512, 512);
    BOOST_TEST(write.is_good());
    BOOST_TEST(world.path(1).count_opcode(set_target_port_groups) == 1U);
    BOOST_TEST((world.path_status(1).state == PathState::running));
    BOOST_TEST((world.disk->access[1] == AccessState::standby));
    BOOST_TEST(world.events.count(EventKind::group_activation, "b") == 1U);
    // No failback of ours: the other host that uses the disk by now would lose it.
    world.path(0).come_back();
    world.advance(60s);
    BOOST_TEST((world.path_status(0).state == PathState::ghost));
    BOOST_TEST(world.asked() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_asked_for_while_a_path_works_or_will_soon) {
  ActivePassive world;
  world.disk->access[1] = AccessState::non_optimized;
  world.advance(60s);
  BOOST_TEST(world.asked() == 0U);
  world.disk->access[1] = AccessState::transitioning;
  world.advance(6s);
  BOOST_TEST(!world.path_status(0).usable);
  BOOST_TEST(world.asked() == 0U);
  world.disk->access[1] = AccessState::optimized;
  world.advance(6s);
  BOOST_TEST(world.path_status(0).usable);
  BOOST_TEST(world.asked() == 0U);
}

BOOST_AUTO_TEST_CASE(a_target_that_moves_the_disk_itself_is_left_alone) {
  ActivePassive world;
  world.disk->explicit_alua = false;  // what it said when the paths joined is old
  world.path(0).go_down();
  auto& write = world.write(0, 512);
  world.advance(20s);
  BOOST_TEST(!write.is_done());
  BOOST_TEST(world.asked() == 0U);
  world.steal(2);
  world.advance(6s);
  BOOST_TEST(write.is_good());
}

BOOST_AUTO_TEST_CASE(a_group_that_is_active_already_is_not_asked_for) {
  ActivePassive world;
  world.steal(2);
  BOOST_TEST(world.write(0, 512).is_good());  // hears of standby on the one path
  BOOST_TEST(world.asked() == 0U);
}

BOOST_AUTO_TEST_CASE(another_disks_group_is_never_asked_for) {
  ActivePassive world;
  ScriptedIdentity other = world.disk->identity;
  other.naa.back() ^= 1;
  const auto stranger = std::make_shared<ScriptedDisk>(other);
  stranger->explicit_alua = true;
  stranger->access = {{1, AccessState::optimized}, {2, AccessState::standby}};
  world.path(1).disk = stranger;
  world.path(0).go_down();
  auto& write = world.write(0, 512);
  world.advance(20s);
  BOOST_TEST(!write.is_done());
  BOOST_TEST(world.asked() == 0U);
  BOOST_TEST((stranger->access[2] == AccessState::standby));
}

BOOST_AUTO_TEST_CASE(a_write_that_no_usable_path_carries_is_a_reason_to_ask) {
  for (const Duration no_path_timeout : {Duration::zero(), Duration(30s), HeadSettings::forever}) {
    HeadSettings settings;
    settings.no_path_timeout = no_path_timeout;
    ActivePassive world(settings);
    world.registry.distrust("a", "commands of an earlier process");
    BOOST_TEST(world.read(0, 512).is_good());
    world.advance(60s);
    BOOST_TEST(world.asked() == 0U);
    BOOST_TEST(world.write(0, 512).is_good());
    BOOST_TEST(world.path(0).count_writes() == 0U);
    BOOST_TEST(world.asked() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_write_does_not_wait_for_ever_for_a_group_that_is_refused) {
  for (const Duration no_path_timeout : {Duration::zero(), Duration(30s)}) {
    HeadSettings settings;
    settings.no_path_timeout = no_path_timeout;
    ActivePassive world(settings);
    world.disk->moves_groups = false;
    world.registry.distrust("a", "commands of an earlier process");
    auto& write = world.write(0, 512);
    BOOST_TEST(world.asked() == 1U);
    if (no_path_timeout != Duration::zero()) {
      world.advance(29s);
      BOOST_TEST(!write.is_done());
    }
    world.advance(6s);
    BOOST_TEST((write.error == IoError::io));
    BOOST_TEST(world.read(0, 512).is_good());
  }
}

BOOST_AUTO_TEST_CASE(the_group_of_a_path_that_carries_no_writes_is_not_asked_for_them) {
  ActivePassive world;
  world.registry.distrust("a", "commands of an earlier process");
  world.registry.distrust("b", "commands of an earlier process");
  auto& write = world.write(0, 512);
  world.advance(20s);
  BOOST_TEST(!write.is_done());
  BOOST_TEST(world.asked() == 0U);
  BOOST_TEST(world.head().set_path_state("b", PathState::running).has_value());
  world.advance(6s);
  BOOST_TEST(write.is_good());
  BOOST_TEST(world.path(0).count_writes() == 0U);
}

BOOST_AUTO_TEST_CASE(one_that_refuses_is_asked_again_ever_later) {
  ActivePassive world;
  world.disk->moves_groups = false;
  world.path(0).go_down();
  auto& write = world.write(0, 512);
  BOOST_TEST(world.asked() == 1U);
  world.advance(25s);
  BOOST_TEST(world.asked() == 3U);  // 0, 5 and 15 s, at the checks that follow
  BOOST_TEST(!write.is_done());
  world.advance(10s);
  BOOST_TEST((write.error == IoError::io));
}

BOOST_AUTO_TEST_CASE(trap_failback_two_hosts_do_not_take_the_disk_from_one_another_for_ever) {
  ActivePassive world;
  world.set([](HeadSettings& settings) { settings.no_path_timeout = HeadSettings::forever; });
  world.path(0).go_down();
  unsigned stolen = 0;
  for (int second = 0; second < 3600; ++second) {
    if (world.disk->access[2] == AccessState::optimized) {
      world.steal(1);
      ++stolen;
    }
    world.read(0, 512);
    world.advance(1s);
  }
  BOOST_TEST(stolen >= 10U);
  BOOST_TEST(stolen <= 20U);  // 5 s and twice as long each time, up to 5 min
}

BOOST_AUTO_TEST_CASE(the_first_path_of_a_disk_waits_for_the_others) {
  HeadWorld world({.paths = 0});
  world.disk->explicit_alua = true;
  auto& first = world.add_path({.name = "b", .group = 2, .access = AccessState::standby});
  world.advance(4s);
  auto& second = world.add_path({.name = "a", .group = 1, .access = AccessState::optimized});
  world.advance(60s);
  BOOST_TEST(first.count_opcode(set_target_port_groups) == 0U);
  BOOST_TEST(second.count_opcode(set_target_port_groups) == 0U);
}

BOOST_AUTO_TEST_CASE(the_first_path_that_is_back_waits_for_the_others) {
  ActivePassive world;
  BOOST_TEST(world.write(0, 512).is_good());
  bool gone = false;
  world.remove("a", gone);
  world.remove("b", gone);
  world.advance(20s);
  BOOST_TEST(gone);
  auto& write = world.write(512, 512);
  auto& first = world.add_path({.name = "b", .group = 2, .access = AccessState::standby});
  world.advance(4s);
  BOOST_TEST(!write.is_done());
  auto& second = world.add_path({.name = "a", .group = 1, .access = AccessState::optimized});
  BOOST_TEST(write.is_good());
  world.advance(60s);
  BOOST_TEST(first.count_opcode(set_target_port_groups) == 0U);
  BOOST_TEST(second.count_opcode(set_target_port_groups) == 0U);
}

BOOST_AUTO_TEST_CASE(a_disk_whose_only_path_is_standby_is_asked_for) {
  HeadWorld world({.paths = 0});
  world.disk->explicit_alua = true;
  world.add_path({.name = "b", .group = 2, .access = AccessState::standby});
  world.advance(11s);
  BOOST_TEST(world.write(0, 512).is_good());
}

BOOST_AUTO_TEST_CASE(a_path_that_is_taken_out_meanwhile_keeps_nobody_waiting) {
  HeadSettings settings;
  settings.no_path_timeout = {};
  ActivePassive world(settings);
  world.path(1).hold_checks = true;
  world.path(0).go_down();
  auto& write = world.write(0, 512);
  BOOST_TEST(!write.is_done());
  BOOST_TEST(world.head().set_path_state("b", PathState::offline).has_value());
  world.advance(11s);
  BOOST_TEST((write.error == IoError::io));
}

BOOST_AUTO_TEST_CASE(one_that_does_not_answer_costs_no_pause) {
  HeadSettings settings;
  settings.no_path_timeout = {};
  ActivePassive world(settings);
  world.add_path({.name = "c", .group = 3, .access = AccessState::standby});
  world.path(1).go_down();  // nobody has noticed
  world.path(0).go_down();
  BOOST_TEST(world.write(0, 512).is_good());
  BOOST_TEST((world.path_status(2).state == PathState::running));
}

BOOST_AUTO_TEST_CASE(a_check_that_was_dropped_before_it_asked_costs_no_pause) {
  HeadSettings settings;
  settings.no_path_timeout = {};
  ActivePassive world(settings);
  world.add_path({.name = "c", .group = 3, .access = AccessState::standby});
  world.path(1).hold_checks = true;
  world.path(0).go_down();
  auto& write = world.write(0, 512);
  world.registry.recheck("b", true);  // what the check that is held finds does not count any more
  world.path(1).go_down();
  world.path(1).complete_all_held();
  world.settle();
  BOOST_TEST(!write.is_done());
  world.path(1).hold_checks = false;
  world.path(1).complete_all_held();
  world.advance(1s);
  BOOST_TEST(write.is_good());
  BOOST_TEST((world.path_status(2).state == PathState::running));
}

BOOST_AUTO_TEST_CASE(a_check_that_was_under_way_when_the_group_was_wanted_costs_no_pause) {
  HeadSettings settings;
  settings.no_path_timeout = {};
  ActivePassive world(settings);
  // Both are being looked at when the other host takes the disk away.
  world.disk->access[2] = AccessState::optimized;
  world.advance(6s);
  for (std::size_t i = 0; i < 2; ++i) world.path(i).hold_checks = true;
  world.advance(6s);
  world.steal(3);
  auto& write = world.start(world.prepare(Operation::write, 0, 512));
  for (std::size_t i = 0; i < 2; ++i) {
    world.path(i).hold_checks = false;
    world.settle();
    world.path(1 - i).complete_all_held();
  }
  world.advance(2s);
  BOOST_TEST(write.is_good());
  BOOST_TEST(world.asked() == 1U);
}

BOOST_AUTO_TEST_CASE(a_path_that_is_taken_out_meanwhile_is_not_used_to_ask) {
  for (const bool revalidated : {false, true}) {
    ActivePassive world;
    world.path(1).hold_checks = true;
    world.path(0).go_down();
    auto& write = world.write(0, 512);
    BOOST_TEST(world.path(1).held() == 1U);
    if (revalidated) {
      world.registry.recheck("b", true);
      world.path(1).hold_checks = true;
    } else {
      BOOST_TEST(world.head().set_path_state("b", PathState::offline).has_value());
    }
    world.path(1).hold_checks = false;
    const std::size_t before = world.path(1).log.size();
    world.path(1).complete_all_held();
    if (revalidated) {
      // The one that was under way does not ask; the one after it does.
      world.settle();
      BOOST_TEST(write.is_good());
      const auto& log = world.path(1).log;
      std::size_t looks = 0;
      for (std::size_t i = before; i < log.size() && log[i].opcode != set_target_port_groups; ++i) {
        looks += log[i].opcode == test_unit_ready ? 1 : 0;
      }
      BOOST_TEST(looks >= 1U);
    } else {
      world.advance(20s);
      BOOST_TEST(!write.is_done());
      BOOST_TEST(world.asked() == 0U);
    }
  }
}

BOOST_AUTO_TEST_CASE(whoever_finds_the_group_standby_is_served_when_it_was_asked_for) {
  HeadSettings settings;
  settings.no_path_timeout = {};
  HeadWorld world({.settings = settings, .paths = 0});
  world.disk->explicit_alua = true;
  world.add_path({.name = "a", .group = 1, .access = AccessState::optimized});
  world.advance(6s);
  world.disk->access[1] = AccessState::standby;  // and nobody has told
  auto& write = world.write(0, 512);
  world.advance(3s);
  BOOST_TEST(write.is_good());
}

BOOST_AUTO_TEST_CASE(a_target_that_contradicts_itself_is_not_believed_for_ever) {
  HeadSettings settings;
  settings.no_path_timeout = {};
  HeadWorld world({.settings = settings, .paths = 1});
  world.path(0).every_io = Answer::sense(2, 0x04, 0x0b);  // and active when it is asked
  auto& write = world.write(0, 512);
  world.advance(30s);
  BOOST_TEST((write.error == IoError::io));
}

BOOST_AUTO_TEST_CASE(one_that_is_always_in_transition_for_io_is_at_fault_soon) {
  HeadSettings settings;
  settings.no_path_timeout = {};
  HeadWorld world({.settings = settings, .paths = 1});
  world.path(0).every_io = Answer::sense(2, 0x04, 0x0a);  // and active when it is asked
  auto& write = world.write(0, 512);
  world.advance(10s);
  BOOST_TEST((write.error == IoError::io));
}

BOOST_AUTO_TEST_CASE(trap_failback_the_machine_has_just_started) {
  ActivationPace pace;
  Instant now{1s};
  for (const Duration pause : {5s, 10s, 20s, 40s, 80s, 160s, 300s, 300s}) {
    BOOST_TEST(pace.may_ask(now));
    pace.asked(now);
    BOOST_TEST(!pace.may_ask(now + pause - 1s));
    now += pause;
  }
}

BOOST_AUTO_TEST_CASE(the_pause_doubles_and_is_forgotten) {
  ActivationPace pace;
  Instant now{1h};
  BOOST_TEST(pace.may_ask(now));
  pace.asked(now);
  BOOST_TEST(!pace.may_ask(now + 4s));
  BOOST_TEST(pace.may_ask(now + 5s));
  now += 5s;
  pace.asked(now);
  BOOST_TEST(!pace.may_ask(now + 9s));
  BOOST_TEST(pace.may_ask(now + 10s));
  now += 10s + 5min + 1s;
  pace.asked(now);
  BOOST_TEST(pace.may_ask(now + 5s));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
