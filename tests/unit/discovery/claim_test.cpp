// SPDX-License-Identifier: LGPL-2.1-or-later
// Who has a disk, and what is said of it; on a loop device.
#include "claim.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "temporary_folder.h"

namespace {

using namespace scsimpath;
using namespace scsimpath::discovery;
namespace ut = boost::unit_test;

/// A block device of its own.
class LoopDevice {
 public:
  LoopDevice() {
    const std::string image = (folder_.path() / "image").string();
    const Fd file(::open(image.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file || ::ftruncate(file.get(), 1 << 20) != 0) throw std::runtime_error("no image");
    const Fd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
    do {  // others look for a free one too
      const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
      if (number < 0) throw std::runtime_error("no free loop device");
      node_ = "/dev/loop" + std::to_string(number);
      loop_ = Fd(::open(node_.c_str(), O_RDWR | O_CLOEXEC));
    } while (::ioctl(loop_.get(), LOOP_SET_FD, file.get()) != 0 && errno == EBUSY);
  }
  ~LoopDevice() { (void)::ioctl(loop_.get(), LOOP_CLR_FD); }
  LoopDevice(const LoopDevice&) = delete;
  LoopDevice& operator=(const LoopDevice&) = delete;

  [[nodiscard]] ScsiDevice device() const {
    struct stat status {};
    (void)::fstat(loop_.get(), &status);
    return {.name = "0:0:0:0", .block_node = node_, .block_number = status.st_rdev};
  }
  [[nodiscard]] std::string mark() const {
    const dev_t number = device().block_number;
    return "/run/scsimpath/claims/" + std::to_string(major(number)) + ":" +
           std::to_string(minor(number));
  }

 private:
  const test::TemporaryFolder folder_;
  std::string node_;
  Fd loop_;
};

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

boost::test_tools::assertion_result with_loop_devices(ut::test_unit_id) {
  boost::test_tools::assertion_result able(::access("/dev/loop-control", W_OK) == 0);
  if (!able) able.message() << "loop devices are for root";
  return able;
}

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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
