// SPDX-License-Identifier: LGPL-2.1-or-later
// The file under an emulated disk.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "fd.h"
#include "open_disk.h"
#include "scsimpath/bytes.h"
#include "scsimpath/result.h"

namespace scsimpath::emulated {

/// Open and locked against a second user for as long as it lives. Nothing of it is cached here.
/// Every method: any thread.
class Image {
 public:
  /// How far a transfer came, and the errno that ended it early.
  struct Moved {
    std::size_t bytes = 0;
    int error = 0;
  };

  /// Makes it when it is missing; removes it again when anything fails after that.
  [[nodiscard]] static Result<Image> open(const DiskSettings& settings);

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] bool read_only() const noexcept { return read_only_; }
  [[nodiscard]] bool made() const noexcept { return made_; }
  [[nodiscard]] const std::string& real_path() const noexcept { return real_path_; }

  [[nodiscard]] Moved read(std::uint64_t offset, Bytes to) const noexcept;
  [[nodiscard]] Moved write(std::uint64_t offset, ConstBytes from) const noexcept;
  /// Makes a hole, which reads as zeros. 0 or an errno: EOPNOTSUPP where the file system has none.
  [[nodiscard]] int punch(std::uint64_t offset, std::uint64_t length) const noexcept;
  /// Bytes that its file system has given it, at most its size.
  [[nodiscard]] std::uint64_t allocated() const noexcept;
  /// Where data or a hole begins, at `offset` or after it; the size when there is none. Where the
  /// file system can't tell all is data.
  [[nodiscard]] std::uint64_t next_data(std::uint64_t offset) const noexcept;
  [[nodiscard]] std::uint64_t next_hole(std::uint64_t offset) const noexcept;
  /// To stable storage. 0 or an errno. Once it has failed it fails until the image is opened anew:
  /// of data that could not be written back the kernel tells once, and then forgets it.
  [[nodiscard]] int flush() const noexcept;

 private:
  Image() = default;

  Fd fd_;
  std::uint64_t size_ = 0;
  bool read_only_ = false;
  bool made_ = false;
  std::string real_path_;
  /// Apart, so that an image can be moved.
  std::unique_ptr<std::atomic<int>> flush_error_ = std::make_unique<std::atomic<int>>(0);
};

}  // namespace scsimpath::emulated
