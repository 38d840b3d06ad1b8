// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices of one host do not keep those of another waiting.
#include "sg_opener.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <latch>

#include "loop_device.h"
#include "virtual_runtime.h"

namespace {

using namespace scsimpath;
using namespace scsimpath::discovery;
using namespace std::chrono_literals;

/// It is no SCSI device, so opening it ends soon, with an error.
ScsiDevice device(const std::string& host) {
  return {.name = host + ":0:0:0", .bsg_node = "/dev/null"};
}

std::optional<Refusal> admit(const DiskIdentity&) {
  return std::nullopt;
}

Refusal refusal_of(const ScsiDevice& device, bool was_in_use) {
  scsimpath::test::VirtualRuntime runtime;
  sg::Service service;
  SgOpener opener(runtime.runtime(), service, 1s);
  std::latch done(1);
  Refusal refusal;
  opener.open(device, was_in_use, admit, [&](std::expected<OpenedPath, Refusal> result) {
    if (!result) refusal = result.error();
    done.count_down();
  });
  done.wait();
  return refusal;
}

BOOST_AUTO_TEST_SUITE(sg_opener)

BOOST_AUTO_TEST_CASE(a_node_that_is_not_scsi_is_refused_for_good) {
  const Refusal refusal = refusal_of(device("0"), false);
  BOOST_TEST(refusal.reason == "/dev/null: is not a SCSI device");
  BOOST_TEST(!refusal.may_pass);
}

BOOST_AUTO_TEST_CASE(a_host_that_is_stuck_holds_one_thread) {
  scsimpath::test::VirtualRuntime runtime;
  sg::Service service;
  SgOpener opener(runtime.runtime(), service, 1s);
  for (int round = 0; round < 50; ++round) {
    // Threads are there by now, some of them idle.
    std::latch stuck(1);
    std::latch others(3);
    std::latch all(4);
    opener.open(device("0"), false, admit, [&](auto) {
      stuck.wait();
      all.count_down();
    });
    for (const char* host : {"1", "2", "3"}) {
      opener.open(device(host), false, admit, [&](auto) {
        others.count_down();
        all.count_down();
      });
    }
    others.wait();
    stuck.count_down();
    all.wait();
  }
}

BOOST_AUTO_TEST_CASE(devices_of_one_host_are_opened_one_after_the_other) {
  scsimpath::test::VirtualRuntime runtime;
  sg::Service service;
  SgOpener opener(runtime.runtime(), service, 1s);
  std::latch all(20);
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  for (int i = 0; i < 20; ++i) {
    opener.open(device("7"), false, admit, [&](auto) {
      most = std::max(most.load(), ++inside);
      --inside;
      all.count_down();
    });
  }
  all.wait();
  BOOST_TEST(most == 1);
}

BOOST_AUTO_TEST_CASE(a_disk_that_was_in_use_is_asked_nothing_while_it_is,
                     *boost::unit_test::precondition(discovery::test::with_loop_devices)) {
  const discovery::test::LoopDevice loop;
  ScsiDevice disk = loop.device();
  disk.bsg_node = "/dev/null";  // where asking fails
  const char* const asked = "/dev/null: is not a SCSI device";
  {
    const Fd user(::open(disk.block_node.c_str(), O_RDONLY | O_EXCL | O_CLOEXEC));
    BOOST_REQUIRE(user);
    const Refusal refusal = refusal_of(disk, true);
    BOOST_TEST(refusal.in_use);
    BOOST_TEST(refusal.may_pass);
    BOOST_TEST(refusal.reason.find(" is in use by another program") != std::string::npos,
               refusal.reason);
    BOOST_TEST(refusal_of(disk, false).reason == asked);
  }
  BOOST_TEST(refusal_of(disk, true).reason == asked);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
