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
#include <fstream>
#include <string>

#include "system_error.h"

namespace scsimpath::discovery {

namespace {

// The rules look there.
constexpr const char* program_folder = "/run/scsimpath";
constexpr const char* mark_folder = "/run/scsimpath/claims";

std::string mark_file(const ScsiDevice& device) {
  return fmt::format("{}/{}:{}", mark_folder, major(device.block_number),
                     minor(device.block_number));
}

/// A process that was killed keeps what it has open until the kernel has given its commands back,
/// which nothing hurries. Its first thread has gone by then.
bool is_dying(const std::string& pid) {
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("State:")) return line.find("(zombie)") != std::string::npos;
  }
  return false;
}

std::string busy_because(const ScsiDevice& device) {
  std::ifstream mark(mark_file(device));
  std::string pid;
  if (std::getline(mark, pid) && is_dying(pid)) {
    return fmt::format(
        "{} is held by a scsimpath that was killed (process {}), until the kernel gives back the "
        "commands that it had sent",
        device.block_node, pid);
  }
  return fmt::format(
      "{} is in use by another program (fuser, lsblk and /proc/self/mountinfo may tell which)",
      device.block_node);
}

Result<Fd> open_exclusively(const ScsiDevice& device) {
  // Not waiting: a disk that is not ready is a path all the same.
  Fd block(::open(device.block_node.c_str(), O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC));
  if (!block) {
    const int number = errno;
    if (number != EBUSY) return system_failure(number, device.block_node);
    return fail(EBUSY, busy_because(device));
  }
  struct stat status {};
  if (::fstat(block.get(), &status) != 0 || status.st_rdev != device.block_number) {
    return fail(ENODEV, fmt::format("{} is another device now", device.block_node));
  }
  return block;
}

}  // namespace

Result<std::unique_ptr<Claim>> Claim::take(const ScsiDevice& device) {
  if (device.block_node.empty()) return nullptr;
  auto block = open_exclusively(device);
  if (!block) return std::unexpected(block.error());
  return std::unique_ptr<Claim>(new Claim(device, *std::move(block)));
}

Result<void> Claim::check(const ScsiDevice& device) {
  if (device.block_node.empty()) return {};
  auto block = open_exclusively(device);
  if (!block) return std::unexpected(block.error());
  return {};
}

Claim::Claim(const ScsiDevice& device, Fd block)
    : block_name_(device.block_node.substr(device.block_node.rfind('/') + 1)),
      mark_file_(mark_file(device)),
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
  const std::string pid = fmt::format("{}\n", ::getpid());
  (void)!::ftruncate(mark_.get(), 0);
  (void)!::write(mark_.get(), pid.data(), pid.size());
  announce();
}

Claim::~Claim() {
  const bool marked = static_cast<bool>(mark_);
  // First: who takes the disk the moment it is free must not find this mark, and find it locked.
  if (marked) (void)::unlink(mark_file_.c_str());
  mark_.reset();
  block_.reset();
  if (marked) announce();
}

/// Makes udev look at the disk again.
void Claim::announce() const noexcept {
  const std::string file = "/sys/class/block/" + block_name_ + "/uevent";
  const Fd uevent(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (uevent) (void)!::write(uevent.get(), "change", 6);
}

}  // namespace scsimpath::discovery
