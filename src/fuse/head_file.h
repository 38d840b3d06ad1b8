// SPDX-License-Identifier: LGPL-2.1-or-later
// An open disk.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "head_users.h"
#include "open_file.h"
#include "scsimpath/head.h"

namespace scsimpath::fuse {

class HeadFile final : public OpenFile {
 public:
  /// It is one of the head's users while it lives.
  HeadFile(std::shared_ptr<Head> head, HeadUsers& users, bool page_cache)
      : head_(std::move(head)), users_(users), page_cache_(page_cache) {
    users_.add(*head_);
  }
  ~HeadFile() override { users_.remove(*head_); }
  HeadFile(const HeadFile&) = delete;
  HeadFile& operator=(const HeadFile&) = delete;

  [[nodiscard]] Head& head() const noexcept { return *head_; }
  [[nodiscard]] const std::shared_ptr<Head>& shared_head() const noexcept { return head_; }
  /// A write was acknowledged that no flush has followed yet.
  void wrote() noexcept;
  /// Once for each `flush` that asks the head for one.
  void close_is_over(bool flushed) noexcept;
  /// The disk has lost writes since the file was opened, or since it was taken last.
  [[nodiscard]] bool has_cache_loss() const noexcept;
  [[nodiscard]] bool take_cache_loss() noexcept;

  [[nodiscard]] std::uint32_t open_flags() const noexcept override;
  void read(fuse_req_t req, std::size_t size, off_t offset, int flags) override;
  void write(fuse_req_t req, const char* data, std::size_t size, off_t offset, int flags) override;
  /// Of each close(2).
  void flush(fuse_req_t req) override;
  void fsync(fuse_req_t req) override;
  void lseek(fuse_req_t req, off_t offset, int whence) override;
  void fallocate(fuse_req_t req, int mode, off_t offset, off_t length) override;
  void ioctl(fuse_req_t req, unsigned command, std::size_t room) override;

 private:
  const std::shared_ptr<Head> head_;
  HeadUsers& users_;
  const bool page_cache_;
  /// Cleared when a flush begins; a write that is acknowledged while the flush is under way sets it
  /// again, and so does a close whose flush fails. An fsync that fails does not: its error is told
  /// once; one that was interrupted does.
  std::atomic<bool> unflushed_{false};
  std::atomic<unsigned> closes_{0};  ///< that are under way
  std::atomic<std::uint64_t> known_losses_{head_->cache_losses()};
};

}  // namespace scsimpath::fuse
