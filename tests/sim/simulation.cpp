// SPDX-License-Identifier: LGPL-2.1-or-later
// The world around the core.
#include "simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <memory_resource>
#include <stdexcept>

#include "core.h"
#include "scsimpath/registry.h"

namespace scsimpath::sim {

using namespace std::chrono_literals;

namespace {

/// Longer than any command stays anywhere.
constexpr Duration everything_ends = 100s;
constexpr Duration glance = 500ms;
/// More than one request after the other takes where each has a bound.
constexpr Duration all_bounds_pass = 2h;

Duration bound(std::uint64_t milliseconds) {
  return milliseconds == never ? HeadSettings::forever : std::chrono::milliseconds(milliseconds);
}

class Sink final : public EventSink {
 public:
  explicit Sink(Oracle& oracle) : oracle_(oracle) {}
  void publish(const Event& event) noexcept override { oracle_.happened(event); }

 private:
  Oracle& oracle_;
};

class World : Oracle::GoodPath, HeadObserver {
 public:
  World(const Schedule& schedule, bool tells_story);
  /// `ended`: nothing refers to it any more.
  Verdict run(bool& ended);

 private:
  struct Place {
    std::unique_ptr<SimPath> path;
    bool there = false;      ///< the registry has it
    bool taken_out = false;  ///< by the administrator
  };

  [[nodiscard]] bool works(Instant when, bool for_writes) const override;
  [[nodiscard]] bool was_there(Instant when, bool for_writes) const override;
  [[nodiscard]] bool carried_after(Instant when, bool for_writes) const override;
  void head_added(const std::shared_ptr<Head>& head) override;
  void head_resized(const std::shared_ptr<Head>&) override {}
  void head_removed(const std::shared_ptr<Head>& head) override;
  bool in_use(const Head&) override { return !schedule_.lets_go || !all_done(); }
  /// Those that count, of a head that is gone too.
  [[nodiscard]] HeadSettings settings() const;
  [[nodiscard]] std::string wwid() { return "naa." + disk_.unit().identity.naa; }
  void add(Place& place);
  void apply(const Step& step);
  void submit(const Step& step);
  template <class How>
  void change(How how);
  bool trust(SimPath& path);
  void let_write();
  void check_end_of_mount();
  void heal();
  template <class Condition>
  void run_until(Condition condition, Duration most);
  void check_bounds();
  [[nodiscard]] bool all_done() const;
  [[nodiscard]] bool all_back() const;
  void wait_for_requests();
  void check_quiet();
  void check_paths_are_used();
  [[nodiscard]] bool end();

  const Schedule& schedule_;
  /// What is kept until the end: of all that a run needs by far the most.
  std::pmr::monotonic_buffer_resource memory_{128 * 1024};
  Random random_;
  SimRuntime runtime_;
  Disk disk_;
  Oracle oracle_;
  Sink sink_;
  std::pmr::deque<SimRequest> requests_;
  std::vector<Place> places_;
  Registry registry_;
  std::shared_ptr<Head> head_;
  bool stopping_ = false;
};

World::World(const Schedule& schedule, bool tells_story)
    : schedule_(schedule),
      random_(schedule.seed),
      // A machine that has just started, and one that has run for long.
      runtime_(random_, Instant(schedule.seed % 2 == 0 ? Duration(1s) : Duration(1h))),
      disk_(schedule, memory_),
      oracle_(schedule, runtime_, disk_, tells_story),
      sink_(oracle_),
      requests_(&memory_),
      registry_({.runtime = runtime_.runtime(),
                 .events = sink_,
                 .profile =
                     [this](std::string_view) {
                       return HeadProfile{{}, schedule_.settings};
                     },
                 .observer = this,
                 .defaults = schedule.settings,
                 .max_clones = schedule.max_clones}) {
  disk_.unit().forces_writes = schedule.seed / 2 % 2 == 0;
  oracle_.ask_for_good_paths(*this);
  disk_.watch_access([this] {
    for (Place& each : places_) each.path->spoil();
  });
  for (unsigned i = 0; i < schedule.paths.size(); ++i) {
    places_.push_back({std::make_unique<SimPath>(fmt::format("p{}", i), schedule.paths[i], runtime_,
                                                 disk_, oracle_, random_)});
  }
}

bool World::works(Instant when, bool for_writes) const {
  const HeadSettings settings = this->settings();
  // A check finds it within the interval; one that is under way may have to be given up first.
  const Duration recovery = settings.checker_interval + settings.io_timeout + 5s;
  return std::ranges::any_of(places_, [&](const Place& place) {
    return (!for_writes || place.path->carries_writes()) && place.path->is_sound() &&
           place.path->sound_since() + recovery <= when;
  });
}

bool World::was_there(Instant when, bool for_writes) const {
  if (works(when, for_writes)) return true;
  // What may be coming back is waited for, and who was asked before is asked more seldom. While a
  // path works nobody is asked at all, also where it has failed this request.
  if (disk_.activations() != 0 || oracle_.paths_back_at() >= when) return false;
  const HeadSettings settings = this->settings();
  const Duration recovery = 2 * (settings.checker_interval + settings.io_timeout + 5s) + 10s;
  const auto has_lied = [&](const Place& place) { return place.path->has_lied(when - recovery); };
  if (std::ranges::any_of(places_, has_lied)) return false;
  return std::ranges::any_of(places_, [&](const Place& place) {
    return (!for_writes || place.path->carries_writes()) && place.path->is_askable() &&
           place.path->sound_since() + recovery <= when;
  });
}

bool World::carried_after(Instant when, bool for_writes) const {
  return std::ranges::any_of(places_, [&](const Place& place) {
    return (!for_writes || place.path->carries_writes()) && place.path->carried_until() > when;
  });
}

void World::add(Place& place) {
  if (place.there || !place.path->destroyed()) return;
  place.there = true;
  registry_.add(
      place.path->make_transport(),
      [this, &place](auto answer) {
        if (answer) {
          place.path->set_in_use(true);
        } else {
          place.there = false;
          place.path->set_in_use(false);
          oracle_.tell("refused: " + answer.error().message);
        }
      },
      wwid());
}

void World::head_added(const std::shared_ptr<Head>& head) {
  head_ = head;
  oracle_.set_settings(head->settings());
}

void World::head_removed(const std::shared_ptr<Head>& head) {
  if (head_ == head) head_.reset();
}

HeadSettings World::settings() const {
  return head_ != nullptr ? head_->settings() : schedule_.settings;
}

void World::submit(const Step& step) {
  if (head_ == nullptr) return;  // there is no such file
  SimRequest& request =
      requests_.emplace_back(static_cast<unsigned>(requests_.size()), step, memory_);
  oracle_.submitting(request);
  head_->submit(request);
}

template <class How>
void World::change(How how) {
  if (head_ == nullptr) return;
  HeadSettings settings = head_->settings();
  how(settings);
  oracle_.set_settings(settings);
  head_->apply(settings);
}

void World::apply(const Step& step) {
  Place* const place = step.subject < places_.size() ? &places_[step.subject] : nullptr;
  SimPath* const path = place != nullptr ? place->path.get() : nullptr;
  if (oracle_.tells_story()) oracle_.tell("-- " + describe(step));
  switch (step.kind) {
    case Kind::write:
    case Kind::read:
    case Kind::flush:
    case Kind::zero:
    case Kind::discard:
    case Kind::seek_data:
      return submit(step);
    case Kind::cancel:
      if (step.a < requests_.size() && requests_[step.a].times_done == 0) {
        requests_[step.a].was_cancelled = true;
        head_->cancel(requests_[step.a]);
      }
      return;
    case Kind::link_down:
      return path->set_link(false);
    case Kind::link_up:
      return path->set_link(true);
    case Kind::hang:
      return path->hang();
    case Kind::release:
      return path->release(static_cast<unsigned>(step.a));
    case Kind::slow:
      return path->set_slow(std::chrono::microseconds(step.a));
    case Kind::answer:
      return path->inject(step.a, step.b, static_cast<Answering>(step.c));
    case Kind::other_disk:
      return path->set_behind(SimPath::Behind::other);
    case Kind::no_disk:
      return path->set_behind(SimPath::Behind::none);
    case Kind::own_disk:
      return path->set_behind(SimPath::Behind::own);
    case Kind::tell_size:
      path->tell_size(std::min(step.a, disk_.unit().identity.blocks));
      return path->spoil();
    case Kind::attention:
      path->attention(static_cast<std::uint8_t>(step.a), static_cast<std::uint8_t>(step.b));
      return path->spoil();
    case Kind::access:
      disk_.unit().access.insert_or_assign(static_cast<std::uint16_t>(step.subject + 1),
                                           static_cast<AccessState>(step.a));
      for (Place& each : places_) {
        each.path->spoil();
        if (step.b != 0) each.path->attention(0x2a, 0x06);
      }
      return;
    case Kind::grow:
      if (step.a > disk_.unit().identity.blocks) disk_.resize(step.a);
      for (Place& each : places_) each.path->spoil();
      return;
    case Kind::power_loss:
      disk_.lose_power(random_);
      for (Place& each : places_) {
        each.path->attention(0x29, 0x00);
        each.path->spoil();
      }
      return;
    case Kind::other_host: {
      if (!schedule_.shared) return;
      const std::uint64_t block = step.a % schedule_.blocks;
      std::fill_n(disk_.unit().data.begin() + static_cast<std::ptrdiff_t>(block * block_size),
                  block_size, static_cast<std::uint8_t>(0x80 + step.b % 64));
      disk_.changed(block, block + 1, true);
      return disk_.disturb(block);
    }
    case Kind::take_out:
      place->taken_out = true;
      path->set_in_use(false);
      if (head_ != nullptr) (void)head_->set_path_state(path->name(), PathState::offline);
      return;
    case Kind::bring_back:
      place->taken_out = false;
      path->set_in_use(place->there);
      return void(trust(*path));
    case Kind::remove:
      place->there = place->taken_out = false;
      path->set_in_use(false);
      path->set_carries_writes(true);
      return registry_.remove(path->name(), {});
    case Kind::add:
      return add(*place);
    case Kind::recheck:
      path->spoil();
      return registry_.recheck(path->name(), step.a != 0);
    case Kind::policy:
      return change([&](HeadSettings& settings) {
        settings.iopolicy = all_iopolicies[step.a % all_iopolicies.size()];
      });
    case Kind::no_path_timeout:
      return change([&](HeadSettings& settings) { settings.no_path_timeout = bound(step.a); });
    case Kind::io_timeout:
      return change([&](HeadSettings& settings) { settings.io_timeout = bound(step.a); });
    case Kind::ghost_timeout:
      return change([&](HeadSettings& settings) { settings.ghost_timeout = bound(step.a); });
    case Kind::exclusive:
      return change([&](HeadSettings& settings) { settings.exclusive = step.a != 0; });
    case Kind::unmount:
      oracle_.stops();
      stopping_ = true;
      registry_.stop_holding();
      return check_end_of_mount();
    case Kind::let_write:
      return let_write();
    case Kind::distrust:
      path->set_carries_writes(false);
      return registry_.distrust(path->name(), "not to be trusted");
  }
}

/// False: there is no such path.
bool World::trust(SimPath& path) {
  const bool there =
      head_ != nullptr && head_->set_path_state(path.name(), PathState::running).has_value();
  if (there) path.set_carries_writes(true);
  return there;
}

void World::let_write() {
  oracle_.writes_may_go();
  registry_.let_write(wwid());
}

/// What is held ends at once, what is on a path within io_timeout.
void World::check_end_of_mount() {
  const std::size_t count = requests_.size();
  runtime_.run_for(oracle_.longest_io_timeout() + 100ms);
  for (std::size_t i = 0; i < count; ++i) {
    if (requests_[i].times_done == 0) {
      oracle_.fail(fmt::format("request {} does not end with the mount", i));
    }
  }
}

void World::heal() {
  oracle_.tell("-- all is well again");
  for (auto& [group, state] : disk_.unit().access) state = AccessState::optimized;
  for (Place& place : places_) {
    place.path->heal();
    if (place.taken_out || !place.path->carries_writes()) {
      // One that is not here is forgotten.
      if (!trust(*place.path)) registry_.remove(place.path->name(), {});
      place.path->set_carries_writes(true);
      if (place.there) place.path->set_in_use(true);
    }
    place.taken_out = false;
    add(place);
  }
}

bool World::all_done() const {
  return std::ranges::none_of(requests_, [](auto& request) { return request.times_done == 0; });
}

bool World::all_back() const {
  return std::ranges::all_of(places_, [](auto& place) {
    return place.path->attempts().empty() && (place.there || place.path->destroyed());
  });
}

template <class Condition>
void World::run_until(Condition condition, Duration most) {
  const Instant end = runtime_.now() + most;
  do {
    runtime_.run_for(glance);
  } while (!condition() && runtime_.now() < end);
}

/// Rule c, where nothing gets well: whoever has chosen bounds gets an answer.
void World::check_bounds() {
  const HeadSettings settings = this->settings();
  if (settings.no_path_timeout == HeadSettings::forever ||
      settings.ghost_timeout == HeadSettings::forever) {
    return;
  }
  run_until([this] { return all_done(); }, all_bounds_pass);
  const auto open = std::ranges::find(requests_, 0U, &SimRequest::times_done);
  if (open != requests_.end()) {
    oracle_.fail(fmt::format("request {} never ends while things are as they are", open->number));
  }
}

void World::wait_for_requests() {
  const HeadSettings settings = this->settings();
  if (settings.no_path_timeout == HeadSettings::forever) {
    change([](HeadSettings& each) { each.no_path_timeout = {}; });
  }
  run_until([this] { return all_done() && all_back(); }, everything_ends);
  if (!all_done()) {
    const auto first = std::ranges::find(requests_, 0U, &SimRequest::times_done);
    oracle_.fail(fmt::format("request {} never ends", first->number));
  }
}

/// Rule d.
void World::check_quiet() {
  if (head_ == nullptr) return oracle_.fail("there is no head at the end");
  const HeadStatus status = head_->status();
  if (status.held != 0) oracle_.fail(fmt::format("{} requests are held at the end", status.held));
  if (status.ghosts != 0) oracle_.fail("a range is haunted at the end");
  if (status.in_flight != 0) {
    oracle_.fail(fmt::format("{} requests are in flight at the end", status.in_flight));
  }
  for (const PathStatus& path : status.paths) {
    if (path.in_flight != 0 || path.abandoned != 0 || path.queue_depth != 0) {
      oracle_.fail(fmt::format("{} has {} commands in flight, {} abandoned, {} on its port",
                               path.name, path.in_flight, path.abandoned, path.queue_depth));
    }
  }
  for (const SimRequest& request : requests_) oracle_.check_kept_data(request);
  oracle_.coverage().requeued += status.counters.requeues;
}

/// Rule e.
void World::check_paths_are_used() {
  if (head_ == nullptr) return;
  const HeadStatus status = head_->status();
  for (const PathStatus& path : status.paths) {
    if (path.state == PathState::running && path.usable) continue;
    oracle_.fail(
        fmt::format("{} works and is {}: {}", path.name, to_string(path.state), path.reason));
  }
  if (stopping_ || status.paths.empty()) return;
  for (const Kind kind : {Kind::write, Kind::read, Kind::flush}) {
    submit({{}, kind, 0, 0, schedule_.blocks * block_size, 0});
    runtime_.run_for(1s);
    if (requests_.back().times_done != 1 || requests_.back().error != IoError::none) {
      oracle_.fail(fmt::format("request {} fails though all is well", requests_.back().number));
    }
  }
}

/// False: it can't be taken apart.
bool World::end() {
  registry_.stop_holding();
  bool closed = false;
  registry_.close([&] { closed = true; });
  run_until([&] { return closed; }, everything_ends);
  if (!closed) oracle_.fail("the registry does not close");
  head_.reset();
  for (const Place& place : places_) {
    if (!place.path->destroyed()) oracle_.fail(place.path->name() + "'s transport is left");
  }
  return closed;
}

Verdict World::run(bool& ended) {
  if (schedule_.commands_left) {
    oracle_.writes_must_wait();
    registry_.hold_writes(wwid());
  }
  for (Place& place : places_) add(place);
  runtime_.run_for(1s);
  if (head_ == nullptr) {
    oracle_.fail("there is no head");
  } else {
    const Instant begin = runtime_.now();
    for (const Step& step : schedule_.steps) {
      runtime_.run_until(begin + step.at);
      if (oracle_.failed()) break;
      apply(step);
    }
    runtime_.run_for(1s);
    let_write();
    if (!oracle_.failed()) check_bounds();
    heal();
    wait_for_requests();
    heal();  // what paths tell of themselves may have come late
    const HeadSettings settings = this->settings();
    run_until([this] { return all_back(); }, everything_ends);
    // A check that meets more than five unit attentions leaves it to the next one.
    runtime_.run_for(2 * settings.checker_interval + settings.io_timeout + 1s);
    check_quiet();
    check_paths_are_used();
  }
  ended = end();
  return {oracle_.failure(), oracle_.story(), oracle_.coverage()};
}

}  // namespace

Verdict run(const Schedule& schedule, bool tells_story) {
  auto world = std::make_unique<World>(schedule, tells_story);
  bool ended = false;
  Verdict verdict;
  try {
    verdict = world->run(ended);
  } catch (const std::runtime_error& error) {
    verdict.failure = error.what();
  }
  if (!ended) (void)world.release();  // something in it may still be called
  return verdict;
}

}  // namespace scsimpath::sim
