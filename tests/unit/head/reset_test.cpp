// SPDX-License-Identifier: LGPL-2.1-or-later
// Power on, resets, and whether acknowledged writes are lost.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "head_world.h"
#include "write_cache.h"

using namespace scsimpath;
using namespace scsimpath::test;
using namespace std::chrono_literals;

namespace {

struct World : HeadWorld {
  explicit World(unsigned paths = 2) : HeadWorld({.paths = paths}), count(paths) {}
  void lose_power() {
    for (unsigned i = 0; i < count; ++i) path(i).unit_attention(0x29, 0x00);
  }
  [[nodiscard]] std::uint64_t losses() { return head().cache_losses(); }
  [[nodiscard]] std::size_t flushes_sent() {
    std::size_t sum = 0;
    for (unsigned i = 0; i < count; ++i) {
      for (const Seen& seen : path(i).log) sum += seen.is_flush() ? 1 : 0;
    }
    return sum;
  }
  const unsigned count;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(reset)

BOOST_AUTO_TEST_CASE(a_flush_covers_what_was_acknowledged_before_it) {
  WriteCache cache;
  BOOST_TEST(!cache.is_dirty());
  cache.acknowledged();
  BOOST_TEST(cache.is_dirty());
  const std::uint64_t first = cache.begin_flush();
  BOOST_TEST(cache.is_dirty());  // until it has succeeded
  cache.acknowledged();
  const std::uint64_t second = cache.begin_flush();
  cache.flushed(first);
  BOOST_TEST(cache.is_dirty());
  cache.flushed(second);
  BOOST_TEST(!cache.is_dirty());
  cache.flushed(first);  // a late one takes nothing back
  BOOST_TEST(!cache.is_dirty());
  cache.acknowledged();
  cache.lost();
  BOOST_TEST(!cache.is_dirty());
}

BOOST_AUTO_TEST_CASE(unflushed_writes_are_lost_when_every_path_tells_of_power_on) {
  World world;
  BOOST_TEST(world.write(0, 4096).is_good());
  world.lose_power();
  BOOST_TEST(world.read(0, 4096).is_good());
  world.advance(1s);
  BOOST_TEST(world.losses() == 1U);
  BOOST_TEST(world.events.count(EventKind::cache_lost) == 1U);
  BOOST_TEST(world.status().paths_usable == 2U);
  BOOST_TEST(world.status().counters.cache_losses == 1U);
  // Once: nothing is unflushed now.
  world.lose_power();
  BOOST_TEST(world.read(0, 4096).is_good());
  world.advance(1s);
  BOOST_TEST(world.losses() == 1U);
}

BOOST_AUTO_TEST_CASE(no_flush_is_sent_before_it_is_known) {
  World world;
  BOOST_TEST(world.write(0, 4096).is_good());
  world.lose_power();
  // The second path takes long to answer what it has seen.
  world.path(1).hold_checks = true;
  auto& flush = world.flush();
  world.advance(1s);
  BOOST_TEST(!flush.is_done());
  BOOST_TEST(world.losses() == 0U);
  world.path(1).hold_checks = false;
  world.path(1).complete_all_held();
  world.advance(1s);
  BOOST_TEST(flush.is_good());
  // Whoever flushed sees it: the loss is counted before the flush is done.
  BOOST_TEST(world.losses() == 1U);
}

BOOST_AUTO_TEST_CASE(a_path_that_has_heard_nothing_proves_that_nothing_is_lost) {
  World world;
  BOOST_TEST(world.write(0, 4096).is_good());
  world.path(0).unit_attention(0x29, 0x00);
  world.path(1).unit_attention(0x29, 0x03);  // a reset is no loss of power
  BOOST_TEST(world.read(0, 4096).is_good());
  world.advance(1s);
  BOOST_TEST(world.losses() == 0U);
  BOOST_TEST(world.events.count(EventKind::reset_seen) >= 1U);
  // What the caches still hold is kept now.
  BOOST_TEST(world.flushes_sent() == 1U);
}

BOOST_AUTO_TEST_CASE(the_checks_hear_of_it_too) {
  World world;
  BOOST_TEST(world.write(0, 4096).is_good());
  world.lose_power();
  world.advance(6s);
  BOOST_TEST(world.losses() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_flushed_forced_or_only_read_is_not_lost) {
  World world;
  BOOST_TEST(world.write(0, 4096).is_good());
  BOOST_TEST(world.flush().is_good());
  world.lose_power();
  BOOST_TEST(world.read(0, 4096).is_good());
  BOOST_TEST(world.write(0, 4096, true).is_good());
  world.advance(10s);
  BOOST_TEST(world.losses() == 0U);
  // The power goes while a flush is on its way: it has not kept anything.
  BOOST_TEST(world.write(0, 4096).is_good());
  world.lose_power();
  auto& flush = world.flush();
  world.advance(1s);
  BOOST_TEST(flush.is_good());
  BOOST_TEST(world.losses() == 1U);
}

BOOST_AUTO_TEST_CASE(after_a_timeout_a_reset_is_the_error_handlers) {
  World world;
  BOOST_TEST(world.write(0, 4096).is_good());
  world.path(0).script_io(Answer::host_byte(0x03));
  BOOST_TEST(world.read(0, 4096).is_good());
  world.advance(10s);
  world.lose_power();
  BOOST_TEST(world.read(0, 4096).is_good());
  world.advance(1s);
  BOOST_TEST(world.losses() == 0U);
  // A good flush ends that.
  BOOST_TEST(world.flush().is_good());
  BOOST_TEST(world.write(0, 4096).is_good());
  world.lose_power();
  BOOST_TEST(world.read(0, 4096).is_good());
  world.advance(1s);
  BOOST_TEST(world.losses() == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_device_keeps_may_yet_have_it_reset) {
  for (const bool check : {false, true}) {
    World world(3);
    BOOST_TEST(world.write(0, 4096).is_good());
    world.path(0).abort_does = ScriptedPath::Abort::ignored;
    (check ? world.path(0).hold_checks : world.path(0).hold_io) = true;
    auto& read = world.read(0, 4096);
    world.advance(16s);  // given up
    BOOST_TEST(read.is_good());
    BOOST_TEST(world.flush().is_good());
    BOOST_TEST(world.write(0, 4096).is_good());
    // The kernel's error handler is done with waiting: every other path hears of it.
    world.path(1).unit_attention(0x29, 0x00);
    world.path(2).unit_attention(0x29, 0x00);
    BOOST_TEST(world.read(0, 4096).is_good());
    world.advance(1s);
    BOOST_TEST(world.losses() == 0U);
    // Once it has given that back, the next good flush ends the doubt.
    world.path(0).hold_checks = world.path(0).hold_io = false;
    world.path(0).complete_all_held();
    world.advance(10s);
    BOOST_TEST(world.flush().is_good());
    BOOST_TEST(world.write(0, 4096).is_good());
    world.lose_power();
    BOOST_TEST(world.read(0, 4096).is_good());
    world.advance(1s);
    BOOST_TEST(world.losses() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_flush_behind_the_command_that_was_told_is_not_believed) {
  for (const bool flush_first : {false, true}) {
    World world;
    BOOST_TEST(world.write(0, 4096).is_good());
    world.path(0).hold_io = true;
    auto& read = world.read(0, 4096);
    auto& flush = world.flush();
    BOOST_TEST_REQUIRE(world.path(0).held() == 2U);
    world.path(1).unit_attention(0x29, 0x00);
    world.path(1).hold_checks = true;
    world.advance(100ms);
    // The device has told the read; the flush has found an empty cache.
    world.path(0).complete_held(flush_first ? 1 : 0,
                                flush_first ? Answer::good() : Answer::sense(6, 0x29, 0x00));
    world.path(0).hold_io = false;
    world.settle();
    world.path(0).complete_held(0, flush_first ? Answer::sense(6, 0x29, 0x00) : Answer::good());
    world.settle();
    BOOST_TEST(flush.is_done() == flush_first);  // answered before anybody could know
    BOOST_TEST(world.losses() == 0U);
    world.path(1).hold_checks = false;
    world.path(1).complete_all_held();
    world.advance(2s);
    BOOST_TEST(world.losses() == 1U);
    BOOST_TEST(read.is_good());
    BOOST_TEST(flush.is_good());
  }
}

BOOST_AUTO_TEST_CASE(a_disk_without_fua_is_told_to_flush_what_must_last) {
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{100}}) {
    HeadWorld world({.identity = {.max_transfer_blocks = 4}, .paths = 0});
    world.disk->forces_writes = false;
    world.add_path();
    auto& write = world.write(offset, 4096, true);
    BOOST_TEST(write.is_good());
    BOOST_TEST(world.agrees_with_disk(write));
    BOOST_TEST(world.path(0).log.back().is_flush());
    BOOST_TEST(world.path(0).count_flushes() == 1U);
    for (const Seen& seen : world.path(0).log) BOOST_TEST(!seen.fua);
    BOOST_TEST(world.write(0, 512).is_good());
    BOOST_TEST(world.path(0).count_flushes() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(what_must_last_is_written_again_when_the_power_goes_before_its_flush) {
  World world(1);
  world.disk->forces_writes = false;
  bool removed = false;
  world.remove("p0", removed);
  world.observer.used = true;
  ScriptedPath& path = world.add_path({.name = "again"});
  path.hold_io = true;
  auto& write = world.write(0, 4096, true);
  path.complete_held();
  world.settle();
  BOOST_TEST_REQUIRE(path.held() == 1U);
  BOOST_TEST(path.held_command(0).is_flush());
  path.hold_io = false;
  path.complete_held(0, Answer::sense(6, 0x29, 0x00));
  world.advance(2s);
  BOOST_TEST(write.is_good());
  BOOST_TEST(path.count_writes() == 2U);
  BOOST_TEST(world.agrees_with_disk(write));
}

/// Another disk that knows FUA may have been behind the path while it was asked.
BOOST_AUTO_TEST_CASE(a_forced_write_that_is_refused_is_written_again_and_flushed) {
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{100}}) {
    HeadWorld world({.identity = {.max_transfer_blocks = 4}});
    world.disk->forces_writes = false;
    auto& write = world.write(offset, 4096, true);
    BOOST_TEST(write.is_good());
    BOOST_TEST(world.agrees_with_disk(write));
    BOOST_TEST(world.path(0).count_flushes() + world.path(1).count_flushes() == 1U);
    const auto forced = [&world] { return std::ranges::count_if(world.path(0).log, &Seen::fua); };
    const auto before = forced();
    BOOST_TEST(world.write(0, 512, true).is_good());
    BOOST_TEST(forced() == before);
  }
}

/// The device says it once: to a command that was given up, or to a check.
BOOST_AUTO_TEST_CASE(a_reset_that_is_told_to_what_was_given_up_counts) {
  for (const bool check : {false, true}) {
    HeadWorld world({.paths = 0});
    world.disk->forces_writes = false;
    ScriptedPath& path = world.add_path();
    path.abort_does = ScriptedPath::Abort::ignored;
    path.hold_io = true;
    auto& write = world.write(0, 4096, true);
    path.complete_held();
    world.settle();
    BOOST_TEST_REQUIRE(path.held() == 1U);
    BOOST_TEST_REQUIRE(path.held_command(0).is_flush());
    path.hold_checks = check;
    // With its flush, or the check after it, the power goes.
    if (check) path.complete_held(0, Answer::host_byte(0x01));
    world.advance(15s);
    BOOST_TEST_REQUIRE(path.held() == 1U);
    path.hold_io = path.hold_checks = false;
    path.complete_held(0, Answer::sense(6, 0x29, 0x00));
    world.advance(10s);
    BOOST_TEST(write.is_good());
    BOOST_TEST(path.count_writes() == 2U);
    BOOST_TEST(world.agrees_with_disk(write));
  }
}

BOOST_AUTO_TEST_CASE(a_reset_that_a_new_path_tells_of_counts) {
  HeadWorld world({.paths = 0});
  world.disk->forces_writes = false;
  ScriptedPath& before = world.add_path({.name = "before"});
  before.hold_io = true;
  auto& write = world.write(0, 4096, true);
  before.complete_held();
  world.settle();
  BOOST_TEST_REQUIRE(before.held_command(0).is_flush());
  before.go_down();
  before.complete_all_held();
  bool removed = false;
  world.remove("before", removed);
  world.advance(1s);
  BOOST_TEST(!write.is_done());
  ScriptedPath& after = world.make_path({.name = "after"});
  after.unit_attention(0x29, 0x00);
  BOOST_TEST(world.join(after).has_value());
  world.advance(1s);
  BOOST_TEST(write.is_good());
  BOOST_TEST(after.count_writes() == 1U);
  BOOST_TEST(world.agrees_with_disk(write));
}

BOOST_AUTO_TEST_CASE(that_each_path_tells_of_the_same_fails_none) {
  HeadWorld world({.paths = 8});
  for (unsigned i = 0; i < 8; ++i) world.path(i).unit_attention(0x3f, 0x0e);
  auto& read = world.read(0, 4096);
  world.advance(1s);
  BOOST_TEST(read.is_good());
  BOOST_TEST(world.events.count(EventKind::path_failed) == 0U);
}

BOOST_AUTO_TEST_CASE(a_deferred_error_tells_of_lost_writes) {
  for (const bool check : {false, true}) {
    World world;
    Answer deferred = Answer::sense(3, 0x0c, 0x00);
    deferred.deferred = true;
    BOOST_TEST(world.write(0, 4096).is_good());
    if (check) {
      for (unsigned i = 0; i < 2; ++i) world.path(i).script_check(deferred);
      world.advance(6s);
      BOOST_TEST(world.losses() == 2U);
    } else {
      world.path(0).script_io(deferred);
      auto& flush = world.flush();
      world.advance(1s);
      BOOST_TEST(flush.is_good());
      BOOST_TEST(world.losses() == 1U);
    }
    BOOST_TEST(world.events.count(EventKind::cache_lost) == world.losses());
    BOOST_TEST(world.status().paths_usable == 2U);
    // One that was mended lost nothing.
    deferred = Answer::sense(1, 0x17, 0x00);
    deferred.deferred = true;
    const std::uint64_t before = world.losses();
    world.path(0).script_io(deferred);
    auto& read = world.read(0, 4096);
    world.advance(1s);
    BOOST_TEST(read.is_good());
    BOOST_TEST(world.losses() == before);
  }
}

BOOST_AUTO_TEST_CASE(a_flush_that_resets_outrun_again_and_again_ends) {
  for (const bool writes : {false, true}) {
    HeadWorld world({.paths = 0});
    world.disk->forces_writes = false;
    ScriptedPath& path = world.add_path();
    path.hold_io = true;
    auto& read = world.read(0, 4096);
    auto& flush = writes ? world.write(8192, 4096, true) : world.flush();
    const auto answer = [&](bool (Seen::*is_meant)() const noexcept,
                            const Answer& with = Answer::good()) {
      std::size_t answered = 0;
      for (std::size_t at = 0; at < path.held();) {
        if (!(path.held_command(at).*is_meant)()) {
          ++at;
          continue;
        }
        path.complete_held(at, with);
        ++answered;
      }
      BOOST_TEST_REQUIRE(answered >= 1U);
      world.settle();
    };
    const Instant begin = world.runtime.now();
    const auto elapsed = [&] { return world.runtime.now() - begin; };
    while (!flush.is_done() && elapsed() < 200s) {
      if (writes) answer(&Seen::is_write);
      answer(&Seen::is_read, Answer::sense(6, 0x29, 0x02));
      answer(&Seen::is_flush);
      // They are sent again once the path has been looked at.
      world.advance(3s);
    }
    BOOST_TEST((flush.error == IoError::io));
    BOOST_TEST((elapsed() >= 5 * HeadSettings{}.io_timeout));
    BOOST_TEST((elapsed() < 6 * HeadSettings{}.io_timeout));
    path.hold_io = false;
    path.complete_all_held();
    world.advance(3s);
    BOOST_TEST(read.is_good());
    // A calm disk flushes.
    BOOST_TEST(world.flush().is_good());
  }
}

BOOST_AUTO_TEST_CASE(a_request_that_is_half_written_can_lose_that_half) {
  HeadWorld world({.identity = {.max_transfer_blocks = 8}});
  BOOST_TEST(world.flush().is_good());
  world.path(0).hold_io = true;
  auto& write = world.write(0, 8192);
  world.path(0).complete_held();
  world.settle();
  BOOST_TEST_REQUIRE(world.path(0).held() == 1U);
  world.path(0).hold_io = false;
  world.path(0).complete_held(0, Answer::sense(6, 0x29, 0x00));
  world.path(1).unit_attention(0x29, 0x00);
  world.advance(2s);
  BOOST_TEST(write.is_good());
  BOOST_TEST(world.head().cache_losses() == 1U);
}

BOOST_AUTO_TEST_CASE(a_path_that_is_away_is_not_waited_for_and_its_return_is_no_loss) {
  World world(3);
  world.path(2).go_down();
  world.advance(6s);
  BOOST_TEST((world.path_status(2).state == PathState::failed));
  BOOST_TEST(world.write(0, 4096).is_good());
  world.path(2).come_back();
  world.path(2).unit_attention(0x29, 0x00);  // a nexus that begins
  world.advance(10s);
  BOOST_TEST((world.path_status(2).state == PathState::running));
  BOOST_TEST(world.losses() == 0U);
  world.path(2).go_down();
  world.advance(6s);
  world.path(0).unit_attention(0x29, 0x00);
  world.path(1).unit_attention(0x29, 0x00);
  BOOST_TEST(world.read(0, 4096).is_good());
  world.advance(1s);
  BOOST_TEST(world.losses() == 1U);
}

BOOST_AUTO_TEST_CASE(a_path_that_dies_while_it_is_asked_is_not_waited_for) {
  World world;
  BOOST_TEST(world.write(0, 4096).is_good());
  world.path(0).unit_attention(0x29, 0x00);
  world.path(1).hold_checks = true;
  auto& read = world.read(0, 4096);
  world.advance(1s);
  BOOST_TEST(world.losses() == 0U);
  world.path(1).hold_checks = false;
  world.path(1).go_down();
  world.path(1).complete_all_held();
  world.advance(20s);
  BOOST_TEST(read.is_good());
  BOOST_TEST(world.losses() == 1U);
}

BOOST_AUTO_TEST_CASE(a_disk_without_a_volatile_cache_loses_nothing) {
  HeadWorld world({.paths = 0});
  world.disk->write_cache = false;
  world.add_path();
  BOOST_TEST(world.write(0, 4096).is_good());
  world.path(0).unit_attention(0x29, 0x00);
  BOOST_TEST(world.read(0, 4096).is_good());
  world.advance(1s);
  BOOST_TEST(world.head().cache_losses() == 0U);
}

BOOST_AUTO_TEST_CASE(the_heads_own_flush_does_not_keep_the_registry_from_closing) {
  HeadWorld world;
  BOOST_TEST(world.write(0, 4096).is_good());
  for (std::size_t i = 0; i < 2; ++i) world.path(i).hold_io = true;
  world.path(0).unit_attention(0x29, 0x00);
  world.advance(6s);
  BOOST_TEST_REQUIRE(world.path(0).held() + world.path(1).held() == 1U);
  bool over = false;
  world.registry.stop_holding();
  world.registry.close([&] { over = true; });
  world.advance(1s);
  BOOST_TEST(over);
  world.closed_already();
}

BOOST_AUTO_TEST_SUITE_END()
