// SPDX-License-Identifier: LGPL-2.1-or-later
// Opens exclusively, marks for udev.
#include "claim.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "system_error.h"

namespace scsimpath::discovery {

namespace {

// The rules look there.
constexpr const char* program_folder = "/run/scsimpath";
constexpr const char* mark_folder = "/run/scsimpath/claims";

}  // namespace

Result<std::unique_ptr<Claim>> Claim::take(const ScsiDevice& device) {
  if (device.block_node.empty()) return nullptr;
  // Not waiting: a disk that is not ready is a path all the same.
  Fd block(::open(device.block_node.c_str(), O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC));
  if (!block) {
    const int number = errno;
    if (number != EBUSY) return system_failure(number, device.block_node);
    return fail(EBUSY, fmt::format("{} is in use by another program (fuser, lsblk and "
                                   "/proc/self/mountinfo may tell which)",
                                   device.block_node));
  }
  struct stat status {};
  if (::fstat(block.get(), &status) != 0 || status.st_rdev != device.block_number) {
    return fail(ENODEV, fmt::format("{} is another device now", device.block_node));
  }
  return std::unique_ptr<Claim>(new Claim(device, std::move(block)));
}

Claim::Claim(const ScsiDevice& device, Fd block)
    : block_name_(device.block_node.substr(device.block_node.rfind('/') + 1)),
      mark_file_(fmt::format("{}/{}:{}", mark_folder, major(device.block_number),
                             minor(device.block_number))),
      block_(std::move(block)) {
  mark();
}

/// For udev only: where it can't be written the exclusive open is there all the same.
void Claim::mark() {
  (void)::mkdir(program_folder, 0755);
  (void)::mkdir(mark_folder, 0755);
  Fd mark(::open(mark_file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!mark || ::flock(mark.get(), LOCK_EX | LOCK_NB) != 0) return;
  mark_ = std::move(mark);
  announce();
}

Claim::~Claim() {
  block_.reset();
  if (!mark_) return;
  (void)::unlink(mark_file_.c_str());
  mark_.reset();
  announce();
}

/// Makes udev look at the disk again.
void Claim::announce() const noexcept {
  const std::string file = "/sys/class/block/" + block_name_ + "/uevent";
  const Fd uevent(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (uevent) (void)!::write(uevent.get(), "change", 6);
}

}  // namespace scsimpath::discovery
