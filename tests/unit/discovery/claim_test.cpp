// SPDX-License-Identifier: LGPL-2.1-or-later
// Who has a disk, and what is said of it; on a loop device.
#include "claim.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "loop_device.h"

namespace {

/// What happens when a mark is about to be removed.
std::function<void()> before_unlink;

}  // namespace

/// In place of the C library's.
extern "C" int unlink(const char* name) noexcept {
  if (before_unlink && std::string_view(name).starts_with("/run/scsimpath/claims/")) {
    std::exchange(before_unlink, nullptr)();
  }
  return ::unlinkat(AT_FDCWD, name, 0);
}

namespace {

using namespace scsimpath;
using namespace scsimpath::discovery;
using namespace scsimpath::discovery::test;
namespace ut = boost::unit_test;

/// A process that has ended and that nobody has waited for, as one is whose threads can't end.
class Zombie {
 public:
  Zombie() : pid_(::fork()) {
    if (pid_ == 0) ::_exit(0);
    siginfo_t ended{};
    (void)::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT);
  }
  ~Zombie() { (void)::waitpid(pid_, nullptr, 0); }
  Zombie(const Zombie&) = delete;
  Zombie& operator=(const Zombie&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  const pid_t pid_;
};

std::string refusal(const ScsiDevice& device) {
  const auto claim = Claim::take(device);
  BOOST_REQUIRE(!claim);
  return claim.error().message;
}

BOOST_AUTO_TEST_SUITE(claim, *ut::precondition(with_loop_devices))

BOOST_AUTO_TEST_CASE(a_disk_is_claimed_once_and_its_mark_names_the_process) {
  const LoopDevice loop;
  {
    const auto first = Claim::take(loop.device());
    BOOST_REQUIRE(first);
    std::ifstream mark(loop.mark());
    pid_t pid = 0;
    mark >> pid;
    BOOST_TEST(pid == ::getpid());
    const auto second = Claim::take(loop.device());
    BOOST_REQUIRE(!second);
    BOOST_TEST(second.error().number == EBUSY);
    BOOST_TEST(second.error().message.find("in use by another program") != std::string::npos);
  }
  BOOST_TEST(!std::filesystem::exists(loop.mark()));
  BOOST_TEST(Claim::take(loop.device()).has_value());
}

BOOST_AUTO_TEST_CASE(a_killed_program_that_has_the_disk_yet_is_named) {
  const LoopDevice loop;
  const Zombie zombie;
  const auto first = Claim::take(loop.device());
  BOOST_REQUIRE(first);
  std::ofstream(loop.mark()) << zombie.pid() << '\n';
  const std::string told = refusal(loop.device());
  BOOST_TEST(told.find("scsimpath that was killed (process " + std::to_string(zombie.pid())) !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_disk_is_claimed_where_it_cannot_be_marked) {
  const LoopDevice loop;
  BOOST_REQUIRE(Claim::take(loop.device()));  // makes the folder
  std::filesystem::create_directory(loop.mark());
  {
    const auto claim = Claim::take(loop.device());
    BOOST_REQUIRE(claim);
    BOOST_TEST(refusal(loop.device()).find("in use by another program") != std::string::npos);
  }
  BOOST_TEST(std::filesystem::remove(loop.mark()));
}

BOOST_AUTO_TEST_CASE(a_node_that_is_another_device_now_is_not_claimed) {
  const LoopDevice loop;
  ScsiDevice device = loop.device();
  device.block_number += 1;
  BOOST_TEST(refusal(device).find("is another device now") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_disk_is_not_free_before_its_mark_has_gone) {
  const LoopDevice loop;
  auto first = Claim::take(loop.device());
  BOOST_REQUIRE(first);
  bool was_free = false;
  before_unlink = [&] { was_free = Claim::take(loop.device()).has_value(); };
  first->reset();
  BOOST_TEST(!before_unlink);
  // Else its next owner would have found the mark locked, and would have none.
  BOOST_TEST(!was_free);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
