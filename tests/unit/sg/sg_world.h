// SPDX-License-Identifier: LGPL-2.1-or-later
// A path on a fake device, with the real threads around it.
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
  explicit SgWorld(unsigned depth = 16, unsigned max_waiting = 1024, sg::Callers::Size threads = {})
      : service{.graveyard = {}, .callers = sg::Callers(threads)} {
    path = open(kernel, depth, max_waiting);
  }
  ~SgWorld() { kernel->answer_at_once(); }  // nothing is left with it, whatever has failed

  std::unique_ptr<sg::SgTransport> open(const std::shared_ptr<FakeKernel>& below,
                                        unsigned depth = 16, unsigned max_waiting = 1024) {
    auto opened = try_open(below, depth, max_waiting);
    BOOST_REQUIRE(opened.has_value());
    return std::move(*opened);
  }
  Result<std::unique_ptr<sg::SgTransport>> try_open(const std::shared_ptr<FakeKernel>& below,
                                                    unsigned depth, unsigned max_waiting) {
    return sg::open_path({.info = {.name = "1:0:0:0", .device = "/dev/sda"},
                          .node = "/dev/bsg/1:0:0:0",
                          .depth = depth,
                          .max_waiting = max_waiting},
                         {clock, service.callers, service.graveyard},
                         std::make_unique<FakeDevice>(below));
  }

  /// So many commands, submitted one after the other; each is known by its address, from `lba` on.
  std::vector<std::unique_ptr<TestCommand>> submit(std::size_t count, std::size_t lba = 0) {
    std::vector<std::unique_ptr<TestCommand>> commands;
    for (std::size_t i = 0; i < count; ++i) {
      commands.push_back(std::make_unique<TestCommand>(ends, scsi::read(lba + i, 8)));
      path->submit(*commands.back());
    }
    return commands;
  }
  void answer(std::uint32_t first, std::uint32_t end) {
    for (std::uint32_t lba = first; lba < end; ++lba) kernel->answer(lba);
  }

  SteadyClock clock;
  Ends ends;
  const std::shared_ptr<FakeKernel> kernel = std::make_shared<FakeKernel>();
  sg::Service service;
  std::unique_ptr<sg::SgTransport> path;
};

}  // namespace scsimpath::test
