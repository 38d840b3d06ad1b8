// SPDX-License-Identifier: LGPL-2.1-or-later
// From what is heard to what is served.
#include "path_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

namespace scsimpath::discovery {

struct PathKeeper::Inbox {
  Mutex mutex;  // a leaf
  std::vector<std::function<void()>> messages GUARDED_BY(mutex);
  PathKeeper* keeper GUARDED_BY(mutex) = nullptr;  ///< null: it does not listen any more

  /// False when nobody listens: the caller undoes what it brings.
  [[nodiscard]] bool put(std::function<void()> message) {
    const MutexLock lock(mutex);
    if (keeper == nullptr) return false;
    messages.push_back(std::move(message));
    keeper->parts_.thread.post(keeper->turn_);
    return true;
  }
};

PathKeeper::Turn::Turn(PathKeeper& keeper) noexcept
    : Task([](Task& task) noexcept { static_cast<Turn&>(task).owner.turn(); }), owner(keeper) {}

PathKeeper::PathKeeper(Parts parts)
    : parts_(std::move(parts)),
      admission_(std::make_shared<const Admission>(parts_.admission)),
      inbox_(std::make_shared<Inbox>()),
      turn_(*this),
      window_timer_(*this,
                    [](Timer& timer) noexcept {
                      PathKeeper& self = static_cast<Wake&>(timer).owner;
                      self.parts_.thread.post(self.turn_);
                    }),
      retry_timer_(*this,
                   [](Timer& timer) noexcept { static_cast<Wake&>(timer).owner.retry_due(); }),
      poll_timer_(*this,
                  [](Timer& timer) noexcept {
                    PathKeeper& self = static_cast<Wake&>(timer).owner;
                    self.parts_.thread.post(self.turn_);
                  }),
      left_commands_(parts_.registry, parts_.source, parts_.runtime.clock, parts_.patience) {
  const MutexLock lock(inbox_->mutex);
  inbox_->keeper = this;
}

PathKeeper::~PathKeeper() = default;

void PathKeeper::start(std::function<void()> settled) {
  const MutexLock lock(mutex_);
  starting_ = std::move(settled);
  rescan_ = true;
  parts_.thread.post(turn_);
}

void PathKeeper::changed(std::string_view name, Hint hint) noexcept {
  const MutexLock lock(mutex_);
  if (stopped_) return;
  Hint& sum = pending_.emplace(name, Hint::none).first->second;
  sum = std::max(sum, hint);
  if (std::exchange(window_open_, true)) return;
  parts_.runtime.timers.arm(window_timer_, parts_.runtime.clock.now() + window);
}

void PathKeeper::rescan() noexcept {
  const MutexLock lock(mutex_);
  if (stopped_) return;
  rescan_ = lost_ = true;
  parts_.thread.post(turn_);
}

void PathKeeper::stop() noexcept {
  {
    const MutexLock lock(inbox_->mutex);
    inbox_->keeper = nullptr;
    inbox_->messages.clear();
  }
  const MutexLock lock(mutex_);
  stopped_ = true;
  (void)parts_.runtime.timers.cancel(window_timer_);
  (void)parts_.runtime.timers.cancel(retry_timer_);
  (void)parts_.runtime.timers.cancel(poll_timer_);
}

std::vector<Candidate> PathKeeper::candidates() const {
  const MutexLock lock(mutex_);
  return candidates_;
}

bool PathKeeper::awaits_release() const {
  const MutexLock lock(mutex_);
  return awaits_release_;
}

void PathKeeper::retry_due() noexcept {
  const MutexLock lock(mutex_);
  if (stopped_) return;
  retry_at_ = {};
  retry_ = true;
  parts_.thread.post(turn_);
}

void PathKeeper::turn() {
  std::vector<std::function<void()>> messages;
  {
    const MutexLock lock(inbox_->mutex);
    messages.swap(inbox_->messages);
  }
  for (const auto& message : messages) message();

  std::map<std::string, Hint, std::less<>> pending;
  bool everything = false;
  bool lost = false;
  bool again = false;
  std::function<void()> starting;
  {
    const MutexLock lock(mutex_);
    if (stopped_) return;
    pending.swap(pending_);
    window_open_ = false;
    everything = std::exchange(rescan_, false);
    lost = std::exchange(lost_, false);
    again = std::exchange(retry_, false);
    starting = std::exchange(starting_, nullptr);
  }
  if (starting) {
    settled_ = std::move(starting);
    grace_end_ = parts_.runtime.clock.now() + grace;
  }
  if (everything) {
    for (const std::string& name : parts_.source.names()) pending.emplace(name, Hint::none);
    for (const auto& [name, record] : records_) {
      Hint& hint = pending.emplace(name, Hint::none).first->second;
      // Perhaps that its INQUIRY data have changed. What is refused is not asked again for that.
      if (lost && record.stage != Stage::refused) hint = Hint::identify;
    }
  }
  if (again) {
    for (auto& [name, record] : records_) {
      const bool waits = record.stage == Stage::waiting && record.refusal.in_use;
      if (!waits && (record.stage != Stage::refused || !record.refusal.may_pass)) continue;
      record.stage = Stage::refused;
      record.generation = 0;  // to be judged, whatever it looks like
      pending.emplace(name, Hint::none);
    }
  }
  for (const auto& [name, hint] : pending) look_at(name, hint);
  if (everything) begins_ = false;
  poll_left_commands();
  publish();
}

void PathKeeper::poll_left_commands() {
  for (const std::string& name : left_commands_.poll()) {
    const auto place = records_.find(name);
    if (place != records_.end() && place->second.stage == Stage::waiting) open(place->second);
  }
  if (!left_commands_.any()) return;
  const MutexLock lock(mutex_);
  if (stopped_) return;
  parts_.runtime.timers.arm(poll_timer_, parts_.runtime.clock.now() + LeftCommands::interval);
}

void PathKeeper::look_at(const std::string& name, Hint hint) {
  auto device = parts_.source.read(name);
  auto place = records_.find(name);
  if (place != records_.end() &&
      (!device || device->incarnation != place->second.device.incarnation)) {
    drop(place);
    place = records_.end();
  }
  if (!device) return;
  if (place == records_.end()) {
    Record& record = records_[name];
    record.device = *std::move(device);
    judge(record);
    return;
  }
  Record& record = place->second;
  switch (record.stage) {
    case Stage::refused: {
      const bool same = record.generation != 0 && record.device == *device &&
                        record.properties == properties_of(*device);
      record.device = *std::move(device);
      if (!same || hint != Hint::none) judge(record);
      break;
    }
    case Stage::waiting:
    case Stage::opening:
    case Stage::joining:
      record.hint = std::max(record.hint, hint);
      break;
    case Stage::serving:
      if (hint != Hint::none) parts_.registry.recheck(name, hint == Hint::identify);
      break;
  }
}

void PathKeeper::drop(Records::iterator place) {
  // What is under way finds that it comes too late. One that was never served may be distrusted,
  // and the next of that name must not inherit it.
  parts_.registry.remove(place->first, {});
  records_.erase(place);
}

/// Only those that the configuration names: that another one changes does not open a disk to us
/// that somebody has just let go of.
std::optional<Properties> PathKeeper::properties_of(const ScsiDevice& device) {
  const DiskFilter& filter = admission_->filter;
  if (!filter.names_properties()) return Properties();
  auto properties = parts_.source.properties(device);
  if (properties) {
    std::erase_if(*properties,
                  [&](const auto& each) { return !filter.names_property(each.first); });
  }
  return properties;
}

void PathKeeper::judge(Record& record) {
  record.generation = next_generation_++;
  record.wwid.clear();
  record.hint = Hint::none;
  const ScsiDevice& device = record.device;
  record.properties = properties_of(device);
  if (auto refusal = admission_->before(device, record.properties, parts_.source.user_of(device))) {
    return refuse(record, *std::move(refusal));
  }
  // What comes later has no commands of an earlier process.
  if (begins_ && left_commands_.look(device)) {
    record.stage = Stage::waiting;
    return;
  }
  open(record);
}

void PathKeeper::open(Record& record) {
  const ScsiDevice& device = record.device;
  record.stage = Stage::opening;
  parts_.opener.open(
      device, record.refusal.in_use,
      [admission = admission_, device, properties = record.properties.value_or(Properties())](
          const DiskIdentity& identity) { return admission->after(device, properties, identity); },
      [inbox = inbox_, keeper = this, name = device.name,
       generation = record.generation](std::expected<OpenedPath, Refusal> result) {
        // A message can be copied, a path can't.
        auto shared = std::make_shared<std::expected<OpenedPath, Refusal>>(std::move(result));
        (void)inbox->put([=] { keeper->opened(name, generation, *shared); });
      });
}

void PathKeeper::refuse(Record& record, Refusal refusal) {
  record.stage = Stage::refused;
  record.refusal = std::move(refusal);
  if (!record.refusal.wwid.empty()) record.wwid = record.refusal.wwid;
  if (!record.refusal.may_pass) return;
  if (record.refusal.in_use && settled_ && parts_.runtime.clock.now() < grace_end_) {
    record.stage = Stage::waiting;
    return retry_in(grace_interval);
  }
  retry_in(retry_interval);
}

/// One that is due earlier is not put off.
void PathKeeper::retry_in(Duration delay) {
  const Instant due = parts_.runtime.clock.now() + delay;
  const MutexLock lock(mutex_);
  if (stopped_ || (retry_at_ != Instant{} && retry_at_ <= due)) return;
  (void)parts_.runtime.timers.cancel(retry_timer_);
  retry_at_ = due;
  parts_.runtime.timers.arm(retry_timer_, due);
}

void PathKeeper::opened(const std::string& name, std::uint64_t generation,
                        std::expected<OpenedPath, Refusal>& result) {
  const auto place = records_.find(name);
  if (place == records_.end() || place->second.generation != generation) return;
  Record& record = place->second;
  if (!result) return refuse(record, std::move(result.error()));
  record.wwid = result->identity.wwid;
  left_commands_.learn(name, record.wwid);
  if (admission_->listed.contains(name)) {
    const std::string& first = served_.emplace(name, record.wwid).first->second;
    if (first != record.wwid) {
      return refuse(record,
                    {fmt::format("another disk than the one that was listed: {} instead of {}",
                                 record.wwid, first),
                     false});
    }
  }
  record.stage = Stage::joining;
  parts_.registry.add(
      std::move(result->transport),
      [inbox = inbox_, keeper = this, name, generation](Result<std::shared_ptr<Head>> answer) {
        (void)inbox->put([=] { keeper->joined(name, generation, answer); });
      },
      record.wwid);
}

void PathKeeper::joined(const std::string& name, std::uint64_t generation,
                        const Result<std::shared_ptr<Head>>& result) {
  const auto place = records_.find(name);
  if (place == records_.end() || place->second.generation != generation) {
    if (result) parts_.registry.remove(name, {});
    return;
  }
  Record& record = place->second;
  if (!result) {
    // Each of them may pass: no answer now, a size that the other paths do not have yet, a name or
    // a place of a path that goes away.
    return refuse(record, {.reason = result.error().message, .may_pass = true});
  }
  record.stage = Stage::serving;
  record.refusal = {};
  if (record.hint != Hint::none) {
    parts_.registry.recheck(name, record.hint == Hint::identify);
  }
}

void PathKeeper::publish() {
  std::vector<Candidate> candidates;
  bool busy = false;
  bool awaits_release = false;
  for (const auto& [name, record] : records_) {
    const bool undecided = record.stage == Stage::waiting || record.stage == Stage::opening ||
                           record.stage == Stage::joining;
    busy = busy || undecided;
    awaits_release = awaits_release || (undecided && record.refusal.in_use);
    if (record.device.type != ScsiDevice::disk_type) continue;
    Candidate candidate{.name = name,
                        .device = record.device.device(),
                        .wwid = record.wwid,
                        .used = record.stage == Stage::serving};
    if (!candidate.used) {
      // One that is asked again keeps its refusal until it has answered.
      const bool refused = !record.refusal.reason.empty();
      candidate.reason = refused ? record.refusal.reason
                         : record.stage == Stage::waiting
                             ? "commands of an earlier process are waited for"
                             : "is being asked who it is";
      candidate.lacks_alua = record.refusal.lacks_alua;
    }
    candidates.push_back(std::move(candidate));
  }
  {
    const MutexLock lock(mutex_);
    candidates_ = std::move(candidates);
    awaits_release_ = awaits_release;
  }
  if (!busy && settled_) std::exchange(settled_, nullptr)();
}

}  // namespace scsimpath::discovery
