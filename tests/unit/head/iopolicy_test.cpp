// SPDX-License-Identifier: LGPL-2.1-or-later
// Which path a command takes, and what is counted on the way.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <vector>

#include "head_world.h"
#include "pick.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

namespace {

/// Paths as a policy sees them.
struct View {
  struct Path {
    Rank path_rank = Rank::optimized;
    int path_distance = 10;
    std::int32_t path_load = 0;
  };
  std::vector<Path> paths;

  [[nodiscard]] std::size_t size() const { return paths.size(); }
  [[nodiscard]] Rank rank(std::size_t i) const { return paths.at(i).path_rank; }
  [[nodiscard]] int distance(std::size_t i) const { return paths.at(i).path_distance; }
  [[nodiscard]] std::int32_t load(std::size_t i) const { return paths.at(i).path_load; }
};

constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

HeadSettings with(IoPolicy policy) {
  HeadSettings settings;
  settings.iopolicy = policy;
  return settings;
}

HeadWorld::Options world_with(IoPolicy policy, unsigned paths) {
  return {.settings = with(policy), .paths = paths};
}

void read_many(HeadWorld& world, int count) {
  for (int i = 0; i < count; ++i) BOOST_TEST_REQUIRE(world.read(0, 512).is_good());
}

void make_all(HeadWorld& world, AccessState state) {
  for (auto& [group, access] : world.disk->access) access = state;
  world.advance(6s);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pick)

BOOST_AUTO_TEST_CASE(numa_takes_the_nearest_of_the_best_rank) {
  View view{{{Rank::non_optimized, 10},
             {Rank::optimized, 31},
             {Rank::optimized, 21},
             {Rank::optimized, 21},
             {Rank::unusable, 10}}};
  BOOST_TEST(pick_numa(view, nowhere) == 2U);
  view.paths[2].path_rank = view.paths[3].path_rank = Rank::unusable;
  BOOST_TEST(pick_numa(view, nowhere) == 1U);
  view.paths[1].path_rank = Rank::unusable;
  BOOST_TEST(pick_numa(view, nowhere) == 0U);
  view.paths[0].path_rank = Rank::unusable;
  BOOST_TEST(pick_numa(view, nowhere) == no_path);
  BOOST_TEST(pick_numa(View{}, 0) == no_path);
}

BOOST_AUTO_TEST_CASE(trap_05_numa_checks_its_cached_path_at_use) {
  View view{{{Rank::optimized, 10}, {Rank::optimized, 20}}};
  BOOST_TEST(pick_numa(view, 1) == 1U);
  view.paths[1].path_rank = Rank::unusable;
  BOOST_TEST(pick_numa(view, 1) == 0U);
  view.paths[1].path_rank = Rank::non_optimized;
  BOOST_TEST(pick_numa(view, 1) == 0U);
  // A path that works but is not optimized is not cached for good.
  view.paths[0].path_rank = Rank::unusable;
  BOOST_TEST(pick_numa(view, 1) == 1U);
  view.paths[0].path_rank = Rank::optimized;
  BOOST_TEST(pick_numa(view, 1) == 0U);
}

BOOST_AUTO_TEST_CASE(trap_04_round_robin_ends_whatever_its_current_path_is) {
  View view{{{Rank::optimized}, {Rank::optimized}, {Rank::optimized}}};
  BOOST_TEST(pick_round_robin(view, nowhere) == 0U);
  BOOST_TEST(pick_round_robin(view, 0) == 1U);
  BOOST_TEST(pick_round_robin(view, 2) == 0U);
  BOOST_TEST(pick_round_robin(view, 17) == 0U);
  for (auto& path : view.paths) path.path_rank = Rank::unusable;
  BOOST_TEST(pick_round_robin(view, 1) == no_path);
  BOOST_TEST(pick_round_robin(view, 17) == no_path);
  BOOST_TEST(pick_round_robin(View{}, 0) == no_path);
  BOOST_TEST(pick_round_robin(View{}, nowhere) == no_path);
}

BOOST_AUTO_TEST_CASE(round_robin_passes_over_what_is_not_optimized) {
  View view{{{Rank::non_optimized}, {Rank::optimized}, {Rank::unusable}, {Rank::late}}};
  BOOST_TEST(pick_round_robin(view, 1) == 1U);
  BOOST_TEST(pick_round_robin(view, 3) == 1U);
  view.paths[1].path_rank = Rank::non_optimized;
  BOOST_TEST(pick_round_robin(view, 0) == 1U);
  BOOST_TEST(pick_round_robin(view, 1) == 0U);
  // A single path is looked at as well.
  BOOST_TEST(pick_round_robin(View{{{Rank::unusable}}}, 0) == no_path);
}

BOOST_AUTO_TEST_CASE(queue_depth_takes_the_least_loaded_of_the_best_rank) {
  View view{{{Rank::non_optimized, 10, 0},
             {Rank::optimized, 10, 7},
             {Rank::optimized, 10, 3},
             {Rank::unusable, 10, 0}}};
  BOOST_TEST(pick_queue_depth(view) == 2U);
  view.paths[2].path_rank = Rank::lba_dependent;
  BOOST_TEST(pick_queue_depth(view) == 1U);
  view.paths[1].path_rank = Rank::unusable;
  BOOST_TEST(pick_queue_depth(view) == 0U);
  view.paths[0].path_rank = Rank::late;
  BOOST_TEST(pick_queue_depth(view) == 2U);
  BOOST_TEST(pick_queue_depth(View{}) == no_path);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(iopolicy)

BOOST_AUTO_TEST_CASE(numa_stays_with_one_path) {
  HeadWorld world(world_with(IoPolicy::numa, 4));
  read_many(world, 40);
  BOOST_TEST(world.path(0).count_reads() == 40U);
}

BOOST_AUTO_TEST_CASE(trap_05_a_cached_path_that_was_disabled_carries_nothing) {
  HeadWorld world(world_with(IoPolicy::numa, 2));
  read_many(world, 1);
  BOOST_TEST(world.path(0).count_reads() == 1U);
  BOOST_TEST(world.head().set_path_state("p0", PathState::offline).has_value());
  read_many(world, 3);
  BOOST_TEST(world.path(0).count_reads() == 1U);
  BOOST_TEST(world.path(1).count_reads() == 3U);

  // And one that has only become worse than another is left.
  BOOST_TEST(world.head().set_path_state("p0", PathState::running).has_value());
  world.settle();
  world.disk->access[2] = AccessState::non_optimized;
  world.advance(6s);
  read_many(world, 3);
  BOOST_TEST(world.path(0).count_reads() == 4U);
}

BOOST_AUTO_TEST_CASE(round_robin_spreads_evenly) {
  HeadWorld world(world_with(IoPolicy::round_robin, 4));
  read_many(world, 400);
  for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(world.path(i).count_reads() == 100U);
}

BOOST_AUTO_TEST_CASE(non_optimized_paths_get_nothing_while_an_optimized_one_works) {
  for (const IoPolicy policy : all_iopolicies) {
    HeadWorld world(world_with(policy, 4));
    make_all(world, AccessState::non_optimized);
    world.disk->access[3] = AccessState::optimized;
    world.advance(6s);
    for (std::size_t i = 0; i < 4; ++i) world.path(i).log.clear();
    read_many(world, 40);
    BOOST_TEST(world.path(2).count_reads() == 40U);
  }
}

BOOST_AUTO_TEST_CASE(round_robin_rotates_among_the_non_optimized_where_nothing_is_better) {
  HeadWorld world(world_with(IoPolicy::round_robin, 4));
  make_all(world, AccessState::non_optimized);
  read_many(world, 40);
  for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(world.path(i).count_reads() == 10U);
}

BOOST_AUTO_TEST_CASE(lba_dependent_paths_are_used_last) {
  HeadWorld world(world_with(IoPolicy::round_robin, 2));
  world.disk->access[1] = AccessState::lba_dependent;
  world.disk->access[2] = AccessState::non_optimized;
  world.advance(6s);
  read_many(world, 4);
  BOOST_TEST(world.path(1).count_reads() == 4U);
  BOOST_TEST(world.head().set_path_state("p1", PathState::offline).has_value());
  read_many(world, 4);
  BOOST_TEST(world.path(0).count_reads() == 4U);
}

BOOST_AUTO_TEST_CASE(trap_04_removing_the_current_path_of_round_robin_is_harmless) {
  HeadWorld world(world_with(IoPolicy::round_robin, 3));
  read_many(world, 3);
  bool removed = false;
  world.remove("p2", removed);
  read_many(world, 6);
  world.advance(1s);
  BOOST_TEST(removed);
  BOOST_TEST(world.path(0).count_reads() + world.path(1).count_reads() == 8U);
  world.remove("p1", removed);
  read_many(world, 6);
  BOOST_TEST(world.path(0).count_reads() >= 10U);
}

BOOST_AUTO_TEST_CASE(queue_depth_counts_per_host_port_with_the_other_heads) {
  auto shared = std::make_shared<PortLoad>();
  HeadWorld world(world_with(IoPolicy::queue_depth, 0));
  world.add_path({.name = "a", .group = 1, .port = shared});
  world.add_path({.name = "b", .group = 2});
  shared->in_flight += 5;  // of another head
  read_many(world, 10);
  BOOST_TEST(world.path(0).count_reads() == 0U);
  BOOST_TEST(world.path(1).count_reads() == 10U);
  BOOST_TEST(world.path_status(0).queue_depth == 5);
  shared->in_flight -= 5;
}

BOOST_AUTO_TEST_CASE(queue_depth_leaves_a_slow_path_alone) {
  HeadWorld world(world_with(IoPolicy::queue_depth, 2));
  world.path(0).hold_io = true;
  for (std::uint64_t i = 0; i < 20; ++i) world.start(world.prepare(Operation::read, 0, 512));
  world.settle();
  BOOST_TEST(world.path(0).count_reads() == 1U);
  BOOST_TEST(world.path(1).count_reads() == 19U);
}

BOOST_AUTO_TEST_CASE(a_changed_policy_takes_effect_at_once) {
  HeadWorld world(world_with(IoPolicy::numa, 2));
  read_many(world, 10);
  world.set([](HeadSettings& settings) { settings.iopolicy = IoPolicy::round_robin; });
  BOOST_TEST(world.events.count(EventKind::iopolicy_changed) == 1U);
  for (std::size_t i = 0; i < 2; ++i) world.path(i).log.clear();
  read_many(world, 10);
  BOOST_TEST(world.path(0).count_reads() == 5U);
  BOOST_TEST(world.path(1).count_reads() == 5U);
  BOOST_TEST((world.head().settings().iopolicy == IoPolicy::round_robin));
}

BOOST_AUTO_TEST_CASE(trap_06_every_command_is_counted_once_up_and_once_down) {
  HeadWorld world(world_with(IoPolicy::queue_depth, 2));
  world.path(0).hold_io = world.path(1).hold_io = true;
  for (std::uint64_t i = 0; i < 8; ++i) world.write(i * 4096, 4096);
  BOOST_TEST(world.path_status(0).in_flight == 4);
  BOOST_TEST(world.path_status(1).in_flight == 4);
  BOOST_TEST(world.path(0).port().in_flight.load() == 4);
  // A switch in the middle of it changes nothing that is counted.
  world.set([](HeadSettings& settings) { settings.iopolicy = IoPolicy::round_robin; });
  BOOST_TEST(world.path_status(0).in_flight == 4);

  world.path(0).complete_held(0, Answer::good());
  world.settle();
  BOOST_TEST(world.path(0).port().in_flight.load() == 3);
  world.path(0).complete_held(0, Answer::residual_of(512));
  world.path(1).complete_held(0, Answer::status_byte(0x28));
  world.path(0).complete_held(0, Answer::host_byte(0x08));
  world.advance(20ms);
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST(static_cast<std::size_t>(world.path_status(i).in_flight) == world.path(i).held());
    BOOST_TEST(world.path(i).port().in_flight.load() == world.path_status(i).in_flight);
  }
  world.path(0).complete_held(0, Answer::host_byte(0x01));
  world.set([](HeadSettings& settings) { settings.iopolicy = IoPolicy::queue_depth; });
  world.settle();
  for (std::size_t i = 0; i < 2; ++i) world.path(i).hold_io = false;
  for (std::size_t i = 0; i < 2; ++i) world.path(i).complete_all_held();
  world.advance(10s);
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST(world.path_status(i).in_flight == 0);
    BOOST_TEST(world.path(i).port().in_flight.load() == 0);
  }
  BOOST_TEST(world.status().in_flight == 0U);
  BOOST_TEST(world.status().held == 0U);
}

BOOST_AUTO_TEST_CASE(trap_06_parking_counts_nothing) {
  HeadWorld world(world_with(IoPolicy::queue_depth, 1));
  world.path(0).go_down();
  for (std::uint64_t i = 0; i < 10; ++i) world.write(i * 512, 512);
  BOOST_TEST(world.path_status(0).in_flight == 0);
  BOOST_TEST(world.path(0).port().in_flight.load() == 0);
  BOOST_TEST(world.status().held == 10U);
  BOOST_TEST(world.status().in_flight == 0U);
}

BOOST_AUTO_TEST_CASE(trap_16_every_number_is_told_under_every_policy) {
  for (const IoPolicy policy : all_iopolicies) {
    HeadWorld world(world_with(policy, 2));
    BOOST_TEST(world.path_status(0).queue_depth == 0);
    BOOST_TEST(world.path_status(0).numa_nodes.empty());
    world.path(0).hold_io = world.path(1).hold_io = true;
    world.start(world.prepare(Operation::read, 0, 512));
    world.start(world.prepare(Operation::read, 0, 512));
    BOOST_TEST(world.path_status(0).queue_depth + world.path_status(1).queue_depth == 2);
    const bool cached = !world.path_status(0).numa_nodes.empty();
    BOOST_TEST(cached == (policy == IoPolicy::numa));
  }
}

BOOST_AUTO_TEST_CASE(counters_tell_what_was_done) {
  HeadWorld world(world_with(IoPolicy::round_robin, 2));
  world.write(0, 4096);
  world.read(0, 8192);
  world.flush();
  const HeadStatus status = world.status();
  BOOST_TEST(status.counters.reads == 1U);
  BOOST_TEST(status.counters.writes == 1U);
  BOOST_TEST(status.counters.flushes == 1U);
  BOOST_TEST(status.counters.read_bytes == 8192U);
  BOOST_TEST(status.counters.write_bytes == 4096U);
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  std::uint64_t commands = 0;
  for (const PathStatus& path : status.paths) {
    read += path.read_bytes;
    written += path.write_bytes;
    commands += path.commands;
  }
  BOOST_TEST(read == 8192U);
  BOOST_TEST(written == 4096U);
  BOOST_TEST(commands == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
