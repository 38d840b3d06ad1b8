// SPDX-License-Identifier: LGPL-2.1-or-later
// Puts discovery together.
#include "real_disks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "log.h"
#include "mutex.h"
#include "text.h"

namespace scsimpath::daemon {

RealDisks::RealDisks(const settings::Configuration& configuration, Runtime& runtime,
                     Registry& registry)
    : runtime_(runtime),
      patience_(configuration.defaults().io_timeout),
      opener_(runtime, service_, patience_),
      keeper_({.runtime = runtime,
               .thread = thread_,
               .registry = registry,
               .source = machine_,
               .opener = opener_,
               .admission = rules(configuration),
               .patience = patience_}) {}

RealDisks::~RealDisks() {
  stop();
}

discovery::Admission RealDisks::rules(const settings::Configuration& configuration) {
  const settings::FileContents& contents = configuration.contents;
  discovery::Admission rules;
  rules.udev = contents.udev.has_value();
  if (contents.udev) rules.filter = *contents.udev;
  rules.always = configuration.mount().multipath_always;
  for (const settings::HeadSection& head : contents.heads) rules.named_wwids.insert(head.wwid);
  const discovery::Sysfs sysfs;
  for (const settings::DeviceList& list : contents.lists) {
    for (const std::string& node : list) {
      const auto name = sysfs.device_of(node);
      Listed entry{node, name.value_or(""), name ? std::string() : name.error().message};
      const auto twin = std::ranges::find(listed_, entry.name, &Listed::name);
      if (name && twin != listed_.end()) {
        log::warn("{} and {} are the same device: one path", twin->node, node);
        continue;
      }
      if (name) rules.listed.insert(*name);
      listed_.push_back(std::move(entry));
    }
  }
  return rules;
}

Result<void> RealDisks::listen() {
  auto monitor = discovery::Monitor::open();
  if (!monitor) return std::unexpected(monitor.error());
  monitor_ = *std::move(monitor);
  monitor_->start(
      [this](const discovery::Change& change) { keeper_.changed(change.name, change.hint); },
      [this] { keeper_.rescan(); });
  return {};
}

Result<void> RealDisks::start() {
  // First: what comes while the machine is looked through is not missed.
  if (auto good = listen(); !good) {
    // A list does without: its paths are there now or not at all.
    if (listed_.empty()) return good;
    log::warn("{}: devices that come or go are not noticed", good.error().message);
  }
  wait_until_settled();
  return report();
}

void RealDisks::wait_until_settled() {
  struct State {
    Mutex mutex;
    CondVar changed;
    bool settled GUARDED_BY(mutex) = false;
  };
  const auto state = std::make_shared<State>();
  keeper_.start([state] {
    const MutexLock lock(state->mutex);
    state->settled = true;
    state->changed.notify_one();
  });
  using discovery::PathKeeper;
  Instant due = runtime_.clock.now() + patience_;
  // One that was let go of is asked who it is then, which may take as long again.
  const Instant end = due + PathKeeper::grace;
  MutexLock lock(state->mutex);
  while (!state->settled) {
    if (state->changed.wait_until(lock, due)) continue;
    if (due >= end || !keeper_.awaits_release()) return;
    due = std::min(due + PathKeeper::grace_interval, end);
  }
}

Result<void> RealDisks::report() const {
  std::vector<std::string> errors;
  bool works = false;
  const std::vector<Candidate> candidates = keeper_.candidates();
  for (const Listed& entry : listed_) {
    if (entry.name.empty()) {
      errors.push_back(entry.error);
      continue;
    }
    const auto candidate = std::ranges::find(candidates, entry.name, &Candidate::name);
    if (candidate == candidates.end()) {
      errors.push_back(fmt::format("{}: is no disk", entry.node));
    } else if (candidate->used) {
      works = true;
    } else {
      errors.push_back(fmt::format("{}: {}", entry.node, candidate->reason));
    }
  }
  if (!works && !errors.empty()) {
    return fail(ENODEV, fmt::format("no path can be used: {}", join(errors, "; ")));
  }
  for (const std::string& error : errors) log::warn("{}", error);
  for (const Candidate& candidate : candidates) {
    if (candidate.lacks_alua) log::warn("{}: {}", candidate.device, candidate.reason);
  }
  return {};
}

std::vector<Candidate> RealDisks::candidates() const {
  return keeper_.candidates();
}

void RealDisks::stop() noexcept {
  monitor_.reset();
  keeper_.stop();
  thread_.stop();
}

}  // namespace scsimpath::daemon
