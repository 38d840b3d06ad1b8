// SPDX-License-Identifier: LGPL-2.1-or-later
// A path on fake descriptors, with the real threads around it.
#pragma once

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "cdb.h"
#include "fake_device.h"
#include "sg_transport.h"
#include "steady_clock.h"
#include "worker_pool.h"

namespace scsimpath::test {

/// The order in which commands ended.
class Ends {
 public:
  Ends() { ended_.reserve(100000); }

  void add(Command& command) {
    const MutexLock lock(mutex_);
    ended_.push_back(&command);
    changed_.notify_all();
  }
  void wait_for(std::size_t count) {
    MutexLock lock(mutex_);
    while (ended_.size() < count) changed_.wait(lock);
  }
  [[nodiscard]] std::vector<Command*> all() {
    const MutexLock lock(mutex_);
    return ended_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<Command*> ended_ GUARDED_BY(mutex_);
};

struct TestCommand : Command {
  explicit TestCommand(Ends& all, Cdb what = scsi::read(0, 8),
                       Direction way = Direction::from_device)
      : ends(all) {
    cdb = what;
    direction = way;
    if (way != Direction::none) data = buffer;
    timeout = std::chrono::seconds(10);
    done = [](Command& command) noexcept { static_cast<TestCommand&>(command).ends.add(command); };
  }
  Ends& ends;
  std::vector<std::uint8_t> buffer = std::vector<std::uint8_t>(4096);
};

class SgWorld {
 public:
  /// A path with so many descriptors.
  explicit SgWorld(unsigned descriptors = 1, unsigned max_waiting = 1024) {
    path = open(kernels, descriptors, max_waiting);
  }

  std::unique_ptr<sg::SgTransport> open(std::vector<std::shared_ptr<FakeKernel>>& all,
                                        unsigned descriptors = 1, unsigned max_waiting = 1024) {
    auto opened = try_open(all, descriptors, max_waiting);
    BOOST_REQUIRE(opened.has_value());
    return std::move(*opened);
  }
  Result<std::unique_ptr<sg::SgTransport>> try_open(std::vector<std::shared_ptr<FakeKernel>>& all,
                                                    unsigned descriptors, unsigned max_waiting) {
    while (all.size() < descriptors) all.push_back(std::make_shared<FakeKernel>());
    std::size_t next = 0;
    return sg::open_path({.info = {.name = "1:0:0:0", .device = "/dev/sg1"},
                          .node = "/dev/sg1",
                          .depth = descriptors * 16,
                          .max_waiting = max_waiting},
                         {clock, sender, service.reaper, service.graveyard},
                         [&](const std::string&) -> std::unique_ptr<sg::SgDevice> {
                           return std::make_unique<FakeDevice>(all.at(next++));
                         });
  }

  [[nodiscard]] FakeKernel& kernel() { return *kernels.front(); }
  /// So many commands, submitted one after the other.
  std::vector<std::unique_ptr<TestCommand>> submit(std::size_t count) {
    std::vector<std::unique_ptr<TestCommand>> commands;
    for (std::size_t i = 0; i < count; ++i) {
      commands.push_back(std::make_unique<TestCommand>(ends, scsi::read(i, 8)));
      path->submit(*commands.back());
    }
    return commands;
  }

  SteadyClock clock;
  Ends ends;
  std::vector<std::shared_ptr<FakeKernel>> kernels;
  sg::Service service;
  WorkerPool sender{1};
  std::unique_ptr<sg::SgTransport> path;
};

/// The address in a sent READ(10).
inline std::uint32_t lba_of(const sg_io_hdr_t& header) {
  return static_cast<std::uint32_t>(header.cmdp[2] << 24 | header.cmdp[3] << 16 |
                                    header.cmdp[4] << 8 | header.cmdp[5]);
}

}  // namespace scsimpath::test
