// SPDX-License-Identifier: LGPL-2.1-or-later
// A keeper of paths with a machine and an opener that the test makes up.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "head_world.h"
#include "path_keeper.h"

namespace scsimpath::discovery::test {

using namespace scsimpath::test;

struct FakeSource final : DeviceSource {
  std::vector<std::string> names() override {
    std::vector<std::string> names;
    for (const auto& [name, device] : devices) names.push_back(name);
    return names;
  }
  std::optional<ScsiDevice> read(const std::string& name) override {
    ++reads;
    const auto found = devices.find(name);
    return found == devices.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<Properties> properties(const ScsiDevice&) override { return udev; }
  std::string user_of(const ScsiDevice& device) override {
    return device.name == used ? device.block_node + " is mounted" : "";
  }

  unsigned commands_in_flight(const ScsiDevice& device) override { return in_flight[device.name]; }
  std::string wwid_of(const ScsiDevice&) override { return wwid; }

  void plug(const std::string& name) {
    devices[name] = {.name = name,
                     .incarnation = ++incarnations,
                     .type = ScsiDevice::disk_type,
                     .bsg_node = "/dev/bsg/" + name,
                     .block_node = "/dev/sd" + name};
  }

  std::map<std::string, ScsiDevice> devices;
  std::map<std::string, unsigned> in_flight;
  std::string wwid = "naa.60000000000000000000000000000001";
  std::string used;
  std::optional<Properties> udev;
  unsigned reads = 0;
  std::uint64_t incarnations = 0;
};

/// Opens scripted paths, at once or when the test says so.
struct FakeOpener final : PathOpener {
  explicit FakeOpener(HeadWorld& all) : world(all) {}

  void open(ScsiDevice device, bool was_in_use, Admit admit, Opened opened) override {
    ++opens;
    told_in_use = was_in_use;
    jobs.push_back({std::move(device), std::move(admit), std::move(opened)});
    while (!held && !jobs.empty()) work();
  }
  void work() {
    const Job job = std::move(jobs.front());
    jobs.pop_front();
    if (!fails.empty())
      return job.opened(
          std::unexpected(Refusal{.reason = fails, .may_pass = fails_for_now, .in_use = in_use}));
    const auto& behind = job.device.name == elsewhere ? other : disk;
    const DiskIdentity identity{
        .wwid = "naa." + behind->identity.naa, .vendor = "SCRIPTED", .has_alua = alua};
    if (auto refusal = job.admit(identity)) return job.opened(std::unexpected(*refusal));
    last = &world.make_path({.name = job.device.name, .group = 1}, behind);
    job.opened(OpenedPath{identity, last->make_transport()});
  }

  struct Job {
    ScsiDevice device;
    Admit admit;
    Opened opened;
  };
  HeadWorld& world;
  std::shared_ptr<ScriptedDisk> disk = world.disk;
  std::shared_ptr<ScriptedDisk> other;
  std::string elsewhere;  ///< the device of the other disk
  std::deque<Job> jobs;
  bool held = false;
  bool alua = true;
  std::string fails;
  bool fails_for_now = true;
  bool in_use = false;  ///< which is why it fails
  unsigned opens = 0;
  bool told_in_use = false;  ///< at the last of them
  ScriptedPath* last = nullptr;
};

inline Admission every_disk() {
  Admission rules;
  rules.udev = true;
  return rules;
}

struct World {
  explicit World(Admission rules = every_disk())
      : keeper({.runtime = all.runtime.runtime(),
                .thread = all.runtime.runtime().workers,
                .registry = all.registry,
                .source = source,
                .opener = opener,
                .admission = std::move(rules)}) {}
  ~World() {
    keeper.stop();
    all.settle();
  }

  void start() {
    keeper.start([this] { ++settled; });
    all.settle();
  }
  void changed(const std::string& name, Hint hint = Hint::none) {
    keeper.changed(name, hint);
    all.advance(PathKeeper::window);
  }
  void plug(const std::string& name) {
    source.plug(name);
    changed(name);
  }
  void unplug(const std::string& name) {
    source.devices.erase(name);
    changed(name);
  }
  std::vector<std::string> paths() {
    std::vector<std::string> names;
    for (const auto& head : all.registry.heads())
      for (const PathStatus& path : head->status().paths) names.push_back(path.name);
    return names;
  }
  Candidate candidate(const std::string& name) {
    for (const Candidate& each : keeper.candidates())
      if (each.name == name) return each;
    return {};
  }

  HeadWorld all{{.paths = 0}};
  FakeSource source;
  FakeOpener opener{all};
  PathKeeper keeper;
  int settled = 0;
};

using Names = std::vector<std::string>;

}  // namespace scsimpath::discovery::test
