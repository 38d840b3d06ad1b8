// SPDX-License-Identifier: LGPL-2.1-or-later
// Random schedules: bursts of requests, and troubles of a few kinds that come and go.
#include <algorithm>
#include <array>
#include <chrono>

#include "answers.h"
#include "random.h"
#include "schedule.h"

namespace scsimpath::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t grown_blocks = 64;
/// As many answers as will be asked for.
constexpr std::uint64_t for_good = 1'000'000'000;

std::uint64_t busy_row() {
  const auto& rows = answer_rows();
  const auto found = std::ranges::find(rows, "status 08", &AnswerRow::name);
  return static_cast<std::uint64_t>(found - rows.begin());
}

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed ^ 0x5c51ULL) { schedule_.seed = seed; }

  Schedule make() {
    choose_machine();
    choose_settings();
    const Duration length = random_.duration(5s, 60s);
    add_requests(length);
    const std::uint64_t troubles = random_.between(2, 24);
    // Few kinds in one run, so that some runs have much of one.
    for (unsigned& kind : kinds_) kind = static_cast<unsigned>(random_.below(kind_count));
    for (std::uint64_t i = 0; i < troubles; ++i) {
      add_trouble(random_.duration(0s, length), random_.pick(kinds_));
    }
    if (random_.one_in(12)) at(random_.duration(0s, length), Kind::unmount, 0);
    schedule_.lets_go = random_.one_in(3);
    schedule_.commands_left = random_.one_in(8);
    if (schedule_.commands_left) at(random_.duration(0s, length), Kind::let_write, 0);
    std::ranges::stable_sort(schedule_.steps, {}, &Step::at);
    return std::move(schedule_);
  }

 private:
  static constexpr unsigned kind_count = 18;

  void choose_machine() {
    const std::uint64_t paths = random_.between(1, 5);
    const bool one_group = random_.one_in(3);
    for (unsigned i = 0; i < paths; ++i) {
      PathPlan plan;
      plan.answers_inline = random_.one_in(2);
      plan.may_block = random_.one_in(3);
      plan.abort = static_cast<PathPlan::Abort>(random_.below(3));
      plan.group = one_group ? 0 : i;
      if (!one_group && i != 0 && random_.one_in(3)) plan.access = AccessState::non_optimized;
      if (random_.one_in(4)) plan.room = static_cast<unsigned>(random_.between(1, 6));
      schedule_.paths.push_back(plan);
    }
    if (random_.one_in(3)) schedule_.max_transfer_blocks = 4;
    if (random_.one_in(5)) schedule_.max_clones = random_.between(2, 4);
    schedule_.thin = random_.one_in(2);
    schedule_.unmap_ignores = random_.one_in(3);
    schedule_.shared = random_.one_in(4);
    schedule_.explicit_alua = random_.one_in(4);
    if (!schedule_.explicit_alua) return;
    for (PathPlan& plan : schedule_.paths) {
      if (plan.group != 0) plan.access = AccessState::standby;
    }
  }

  void choose_settings() {
    HeadSettings& settings = schedule_.settings;
    settings.iopolicy = all_iopolicies[random_.below(all_iopolicies.size())];
    settings.io_timeout = std::chrono::milliseconds(random_.between(200, 5000));
    settings.checker_interval = std::chrono::milliseconds(random_.between(200, 5000));
    constexpr std::array<Duration, 5> bounds{0s, 1s, 5s, 30s, HeadSettings::forever};
    settings.no_path_timeout = bounds[random_.below(bounds.size())];
    constexpr std::array<Duration, 5> ghosts{0s, 1s, 10s, 120s, HeadSettings::forever};
    settings.ghost_timeout = ghosts[random_.below(ghosts.size())];
    settings.exclusive = !schedule_.shared && random_.one_in(2);
  }

  void at(Duration when, Kind kind, unsigned subject, std::uint64_t a = 0, std::uint64_t b = 0,
          std::uint64_t c = 0) {
    schedule_.steps.push_back({when, kind, subject, a, b, c});
  }

  void add_requests(Duration length) {
    std::uint64_t left = random_.between(200, 240);
    std::uint64_t number = 0;
    const std::uint64_t area = random_.between(4, schedule_.blocks);
    while (left > 0) {
      const Duration start = random_.duration(0s, length);
      const std::uint64_t burst = std::min(left, random_.between(1, 16));
      left -= burst;
      for (std::uint64_t i = 0; i < burst; ++i, ++number) {
        add_request(start + random_.duration(0us, 500us), area);
      }
      if (random_.one_in(8)) {
        at(start + random_.duration(0ms, 3s), Kind::cancel, 0, random_.below(number + 8));
      }
    }
  }

  void add_request(Duration when, std::uint64_t area) {
    const std::uint64_t kind = random_.below(100);
    const std::uint64_t first = random_.below(area);
    std::uint64_t offset = first * block_size;
    std::uint64_t length =
        random_.between(1, std::min<std::uint64_t>(8, area - first)) * block_size;
    if (random_.one_in(5)) {
      const std::uint64_t into = random_.below(block_size);
      offset += into;
      length = random_.between(1, length > into ? length - into : 1);
    }
    if (random_.one_in(30)) {  // past the end, or where it is going to be
      offset = (schedule_.blocks - 2 + random_.below(grown_blocks)) * block_size;
    }
    const std::uint64_t flags = random_.one_in(12) ? 2 : random_.one_in(6) ? 1 : 0;
    if (kind < 45) {
      at(when, Kind::write, 0, offset, length, flags);
    } else if (kind < 88) {
      at(when, Kind::read, 0, offset, length, flags == 2 ? 2 : 0);
    } else if (kind < 92) {
      at(when, Kind::flush, 0);
    } else {
      constexpr std::array others{Kind::zero, Kind::discard, Kind::discard, Kind::seek_data};
      at(when, others[random_.below(others.size())], 0, offset, length);
    }
  }

  unsigned any_path() { return static_cast<unsigned>(random_.below(schedule_.paths.size())); }

  void add_trouble(Duration when, unsigned kind) {
    const unsigned path = any_path();
    const Duration later = when + random_.duration(1ms, 20s);
    switch (kind) {
      case 0:
        at(when, Kind::link_down, path);
        return at(later, Kind::link_up, path);
      case 1:
      case 2:
        at(when, Kind::hang, path);
        return at(later, Kind::release, path, random_.below(101));
      case 3:
        at(when, Kind::slow, path, random_.between(10, 3'000'000));
        return at(later, Kind::slow, path, 0);
      case 4:
      case 5:
      case 6:
        return at(when, Kind::answer, path, random_.below(answer_rows().size()),
                  random_.one_in(20)  ? for_good
                  : random_.one_in(4) ? random_.between(2, 40)
                                      : 1,
                  random_.below(7));
      case 7: {
        at(when, random_.one_in(2) ? Kind::other_disk : Kind::no_disk, path);
        return at(later, Kind::own_disk, path);
      }
      case 8: {
        constexpr std::array states{AccessState::standby,       AccessState::unavailable,
                                    AccessState::transitioning, AccessState::non_optimized,
                                    AccessState::offline,       AccessState::lba_dependent};
        const unsigned group = schedule_.paths[path].group;
        const auto state = static_cast<std::uint64_t>(states[random_.below(states.size())]);
        at(when, Kind::access, group, state, random_.below(2));
        return at(later, Kind::access, group, 0, random_.below(2));
      }
      case 9:
        at(when, Kind::grow, 0, grown_blocks);
        for (unsigned i = 0; i < schedule_.paths.size(); ++i) {
          at(when + random_.duration(0ms, 8s), Kind::tell_size, i, grown_blocks);
        }
        if (random_.one_in(2)) at(when, Kind::attention, path, 0x2a, 0x09);
        return;
      case 10:
        return at(when, Kind::power_loss, 0);
      case 11:
        for (int i = 0; i < 10; ++i) {
          at(when + random_.duration(0s, 3s), Kind::other_host, 0, random_.below(64),
             random_.below(64));
        }
        return;
      case 12:
        at(when, Kind::take_out, path);
        return at(later, Kind::bring_back, path);
      case 13:
        at(when, Kind::remove, path);
        return at(later, Kind::add, path);
      case 14: {
        constexpr std::array<std::uint64_t, 5> bounds{0, 500, 3000, 20'000, never};
        at(when, Kind::no_path_timeout, 0, bounds[random_.below(bounds.size())]);
        at(when, Kind::ghost_timeout, 0, bounds[random_.below(bounds.size())]);
        if (!schedule_.shared && random_.one_in(4)) at(later, Kind::exclusive, 0, random_.below(2));
        return at(later, Kind::io_timeout, 0, random_.between(100, 4000));
      }
      case 15:
        at(when, Kind::distrust, path);
        return at(later, Kind::bring_back, path);
      case 16:  // the array has more to do than it can
        for (unsigned i = 0; i < schedule_.paths.size(); ++i) {
          if (random_.one_in(4)) continue;
          at(when + random_.duration(0ms, 100ms), Kind::answer, i, busy_row(),
             random_.between(1, 40));
        }
        return;
      default:
        at(when, Kind::policy, 0, random_.below(3));
        return at(later, Kind::recheck, path, random_.below(2));
    }
  }

  Random random_;
  Schedule schedule_;
  std::array<unsigned, 4> kinds_{};
};

}  // namespace

Schedule generate(std::uint64_t seed) {
  return Generator(seed).make();
}

}  // namespace scsimpath::sim
