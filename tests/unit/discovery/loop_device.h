// SPDX-License-Identifier: LGPL-2.1-or-later
// A block device that a test has for itself.
#pragma once

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <stdexcept>
#include <string>

#include "fd.h"
#include "scsi_device.h"
#include "temporary_folder.h"

namespace scsimpath::discovery::test {

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
  const scsimpath::test::TemporaryFolder folder_;
  std::string node_;
  Fd loop_;
};

inline boost::test_tools::assertion_result with_loop_devices(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result able(::access("/dev/loop-control", W_OK) == 0);
  if (!able) able.message() << "loop devices are for root";
  return able;
}

}  // namespace scsimpath::discovery::test
