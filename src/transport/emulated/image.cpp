// SPDX-License-Identifier: LGPL-2.1-or-later
// Opens, makes, locks and checks an image file; moves its bytes.
#include "image.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

#include "system_error.h"

namespace scsimpath::emulated {
namespace {

/// How often the name is looked up anew when another program makes or removes the image meanwhile.
constexpr int max_attempts = 4;

/// Removes an image that was made, unless all went well.
class MadeImage {
 public:
  explicit MadeImage(const std::string& path) : path_(path) {}
  MadeImage(const MadeImage&) = delete;
  MadeImage& operator=(const MadeImage&) = delete;
  ~MadeImage() {
    if (made_) ::unlink(path_.c_str());
  }

  void set() noexcept { made_ = true; }
  [[nodiscard]] bool is_set() const noexcept { return made_; }
  void keep() noexcept { made_ = false; }

 private:
  const std::string& path_;
  bool made_ = false;
};

std::string about(const std::string& image) {
  return fmt::format("image '{}'", image);
}

Result<Fd> open_existing(const DiskSettings& settings, const struct stat& status) {
  if (S_ISDIR(status.st_mode)) {
    return fail(EISDIR, about(settings.image) + " is a folder: name a file");
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(EINVAL, about(settings.image) + " is not a regular file: name one");
  }
  Fd fd(::open(settings.image.c_str(), (settings.read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC));
  if (fd) return fd;
  const int error = errno;
  if (!settings.read_only && (error == EACCES || error == EPERM || error == EROFS)) {
    return fail(error, fmt::format("{} cannot be written ({}): change that, or mount it with ro",
                                   about(settings.image), error_text(error)));
  }
  return system_failure(error, about(settings.image) + " cannot be opened");
}

Result<Fd> make(const DiskSettings& settings, MadeImage& made) {
  if (settings.read_only) {
    return fail(ENOENT, about(settings.image) + " does not exist: make it first, without ro");
  }
  if (!settings.size) {
    return fail(ENOENT,
                about(settings.image) + " does not exist: add size= to make it, as in size=1GiB");
  }
  Fd fd(::open(settings.image.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) {
    const int error = errno;
    struct stat link {};
    if (error == EEXIST && ::lstat(settings.image.c_str(), &link) == 0 && S_ISLNK(link.st_mode)) {
      return fail(ENOENT, about(settings.image) + " is a symbolic link to nothing: remove it");
    }
    return system_failure(error, about(settings.image) + " cannot be made");
  }
  made.set();
  return fd;
}

/// Waits for another user who is about to end.
Result<void> lock(const Fd& fd, const DiskSettings& settings) {
  constexpr std::chrono::milliseconds step(20);
  std::chrono::milliseconds waited(0);
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK)
      return system_failure(errno, about(settings.image) + " cannot be locked");
    if (waited >= settings.lock_patience) {
      return fail(EBUSY, about(settings.image) + " is in use: unmount it there first");
    }
    ::poll(nullptr, 0, static_cast<int>(step.count()));
    waited += step;
  }
  return {};
}

/// Is it still the file of that name? Who makes an image may remove it again before we have it.
bool is_at(const Fd& fd, const std::string& path) {
  struct stat ours {};
  struct stat there {};
  return ::fstat(fd.get(), &ours) == 0 && ::stat(path.c_str(), &there) == 0 &&
         ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

Result<Fd> open_and_lock(const DiskSettings& settings, MadeImage& made) {
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    struct stat status {};
    const bool missing = ::stat(settings.image.c_str(), &status) != 0;
    if (missing && errno != ENOENT) {
      return system_failure(errno, about(settings.image) + " cannot be opened");
    }
    auto fd = missing ? make(settings, made) : open_existing(settings, status);
    if (!fd) {
      const bool changed = fd.error().number == (missing ? EEXIST : ENOENT);
      if (changed && attempt + 1 < max_attempts) continue;
      return fd;
    }
    if (auto locked = lock(*fd, settings); !locked) return std::unexpected(locked.error());
    if (is_at(*fd, settings.image)) return fd;
    made.keep();
  }
  return fail(EBUSY,
              about(settings.image) + " is made and removed by another program: end that first");
}

Result<std::uint64_t> set_size(const Fd& fd, const DiskSettings& settings) {
  const std::uint64_t size = *settings.size;
  if (!std::in_range<off_t>(size) || ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) {
    const int error = std::in_range<off_t>(size) ? errno : EFBIG;
    return system_failure(
        error, fmt::format("{} cannot be made {} bytes large", about(settings.image), size));
  }
  return size;
}

Result<std::uint64_t> check_size(const Fd& fd, const DiskSettings& settings) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return system_failure(errno, about(settings.image));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size == 0) {
    return fail(EINVAL, about(settings.image) + " is empty: remove it, and size= makes it anew");
  }
  if (settings.size && *settings.size != size) {
    return fail(EINVAL, fmt::format("{} has {} bytes, not the {} of size=: leave size= out, or "
                                    "name another image",
                                    about(settings.image), size, *settings.size));
  }
  if (size % settings.block_size != 0) {
    return fail(EINVAL,
                fmt::format("{} has {} bytes, which is no multiple of the block size {}: "
                            "'truncate -s %{}' makes it one",
                            about(settings.image), size, settings.block_size, settings.block_size));
  }
  return size;
}

}  // namespace

Result<Image> Image::open(const DiskSettings& settings) {
  MadeImage made(settings.image);
  auto fd = open_and_lock(settings, made);
  if (!fd) return std::unexpected(fd.error());

  const auto size = made.is_set() ? set_size(*fd, settings) : check_size(*fd, settings);
  if (!size) return std::unexpected(size.error());

  const std::unique_ptr<char, decltype(&std::free)> real_path(
      ::realpath(settings.image.c_str(), nullptr), &std::free);
  if (!real_path) return system_failure(errno, about(settings.image));

  Image image;
  image.fd_ = std::move(*fd);
  image.size_ = *size;
  image.read_only_ = settings.read_only;
  image.made_ = made.is_set();
  image.real_path_ = real_path.get();
  made.keep();
  return image;
}

Image::Moved Image::read(std::uint64_t offset, Bytes to) const noexcept {
  Moved moved;
  while (moved.bytes < to.size()) {
    const ssize_t got = ::pread(fd_.get(), to.data() + moved.bytes, to.size() - moved.bytes,
                                static_cast<off_t>(offset + moved.bytes));
    if (got > 0) {
      moved.bytes += static_cast<std::size_t>(got);
    } else if (got == 0) {
      // Somebody shortened the file under us.
      moved.error = EIO;
      return moved;
    } else if (errno != EINTR) {
      moved.error = errno;
      return moved;
    }
  }
  return moved;
}

Image::Moved Image::write(std::uint64_t offset, ConstBytes from) const noexcept {
  Moved moved;
  while (moved.bytes < from.size()) {
    const ssize_t put = ::pwrite(fd_.get(), from.data() + moved.bytes, from.size() - moved.bytes,
                                 static_cast<off_t>(offset + moved.bytes));
    if (put > 0) {
      moved.bytes += static_cast<std::size_t>(put);
    } else if (put == 0) {
      moved.error = EIO;
      return moved;
    } else if (errno != EINTR) {
      moved.error = errno;
      return moved;
    }
  }
  return moved;
}

int Image::punch(std::uint64_t offset, std::uint64_t length) const noexcept {
  while (::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                     static_cast<off_t>(offset), static_cast<off_t>(length)) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

std::uint64_t Image::allocated() const noexcept {
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) return size_;
  constexpr std::uint64_t unit = 512;  // stat(2), whatever st_blksize
  return std::min(static_cast<std::uint64_t>(status.st_blocks) * unit, size_);
}

std::uint64_t Image::next_data(std::uint64_t offset) const noexcept {
  const off_t found = ::lseek(fd_.get(), static_cast<off_t>(offset), SEEK_DATA);
  if (found >= 0) return static_cast<std::uint64_t>(found);
  return errno == ENXIO ? size_ : offset;
}

std::uint64_t Image::next_hole(std::uint64_t offset) const noexcept {
  const off_t found = ::lseek(fd_.get(), static_cast<off_t>(offset), SEEK_HOLE);
  return found >= 0 ? static_cast<std::uint64_t>(found) : size_;
}

int Image::flush() const noexcept {
  if (const int error = flush_error_->load(); error != 0) return error;
  while (::fdatasync(fd_.get()) != 0) {
    const int error = errno;
    if (error == EINTR) continue;
    flush_error_->store(error);
    return error;
  }
  // Of two at once only one is told, and the other must not be the last word.
  return flush_error_->load();
}

}  // namespace scsimpath::emulated
