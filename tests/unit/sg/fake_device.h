// SPDX-License-Identifier: LGPL-2.1-or-later
// A descriptor whose kernel is the test.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "mutex.h"
#include "sg_device.h"

namespace scsimpath::test {

/// What a command comes back with.
struct Reply {
  int os_error = 0;
  unsigned status = 0;
  unsigned host = 0;
  unsigned driver = 0;
  int residual = 0;
  std::span<const std::uint8_t> sense{};
};

/// What the test and its device share. All members any thread. A command is known by the address in
/// its READ(10).
class FakeKernel {
 public:
  FakeKernel() { sent_.reserve(1U << 16U); }

  // The device's side.
  int open() {
    const MutexLock lock(mutex_);
    return open_error_;
  }
  int execute(sg_io_v4& header) {
    MutexLock lock(mutex_);
    const std::uint32_t lba = lba_of(header);
    sent_.push_back(lba);
    ++inside_;
    most_inside_ = std::max(most_inside_, inside_);
    changed_.notify_all();
    std::optional<Reply> reply = at_once_;
    while (!reply) {
      reply = take_reply(lba);
      if (!reply) changed_.wait(lock);
    }
    --inside_;
    header.device_status = reply->status;
    header.transport_status = reply->host;
    header.driver_status = reply->driver;
    header.din_resid = header.dout_resid = reply->residual;
    header.response_len = static_cast<std::uint32_t>(reply->sense.size());
    std::ranges::copy(reply->sense, reinterpret_cast<std::uint8_t*>(header.response));
    return reply->os_error;
  }
  void close() {
    const MutexLock lock(mutex_);
    ++closes_;
    inside_at_close_ = inside_;
    closer_ = std::this_thread::get_id();
    changed_.notify_all();
  }

  // The test's side.
  void wait_for_sent(std::size_t count) {
    MutexLock lock(mutex_);
    while (sent_.size() < count) changed_.wait(lock);
  }
  void wait_for_close() {
    MutexLock lock(mutex_);
    while (closes_ == 0) changed_.wait(lock);
  }
  /// In the order in which they came.
  [[nodiscard]] std::vector<std::uint32_t> sent() {
    const MutexLock lock(mutex_);
    return sent_;
  }
  void forget_sent() {
    const MutexLock lock(mutex_);
    sent_.clear();
  }
  /// A command comes back, now or as soon as it is there.
  void answer(std::uint32_t lba, const Reply& reply = {}) {
    const MutexLock lock(mutex_);
    replies_.push_back({lba, reply});
    changed_.notify_all();
  }
  void answer_at_once(const Reply& reply = {}) {
    const MutexLock lock(mutex_);
    at_once_ = reply;
    for (std::uint32_t lba : sent_) replies_.push_back({lba, reply});
    changed_.notify_all();
  }
  void refuse_open(int number) {
    const MutexLock lock(mutex_);
    open_error_ = number;
  }
  [[nodiscard]] unsigned closes() {
    const MutexLock lock(mutex_);
    return closes_;
  }
  [[nodiscard]] unsigned inside_at_close() {
    const MutexLock lock(mutex_);
    return inside_at_close_;
  }
  [[nodiscard]] std::thread::id closer() {
    const MutexLock lock(mutex_);
    return closer_;
  }
  [[nodiscard]] unsigned most_inside() {
    const MutexLock lock(mutex_);
    return most_inside_;
  }

 private:
  struct Addressed {
    std::uint32_t lba;
    Reply reply;
  };

  static std::uint32_t lba_of(const sg_io_v4& header) {
    const auto* const cdb = reinterpret_cast<const std::uint8_t*>(header.request);
    return static_cast<std::uint32_t>(cdb[2] << 24 | cdb[3] << 16 | cdb[4] << 8 | cdb[5]);
  }
  std::optional<Reply> take_reply(std::uint32_t lba) REQUIRES(mutex_) {
    const auto place = std::ranges::find(replies_, lba, &Addressed::lba);
    if (place == replies_.end()) return std::nullopt;
    const Reply reply = place->reply;
    replies_.erase(place);
    return reply;
  }

  Mutex mutex_;
  CondVar changed_;
  std::vector<std::uint32_t> sent_ GUARDED_BY(mutex_);
  std::list<Addressed> replies_ GUARDED_BY(mutex_);
  std::optional<Reply> at_once_ GUARDED_BY(mutex_);
  unsigned inside_ GUARDED_BY(mutex_) = 0;
  unsigned inside_at_close_ GUARDED_BY(mutex_) = 0;
  unsigned most_inside_ GUARDED_BY(mutex_) = 0;
  unsigned closes_ GUARDED_BY(mutex_) = 0;
  int open_error_ GUARDED_BY(mutex_) = 0;
  std::thread::id closer_ GUARDED_BY(mutex_);
};

class FakeDevice final : public sg::SgDevice {
 public:
  explicit FakeDevice(std::shared_ptr<FakeKernel> kernel) : kernel_(std::move(kernel)) {}

  [[nodiscard]] int open() noexcept override { return kernel_->open(); }
  [[nodiscard]] int execute(sg_io_v4& header) noexcept override { return kernel_->execute(header); }
  void close() noexcept override { kernel_->close(); }

 private:
  const std::shared_ptr<FakeKernel> kernel_;
};

}  // namespace scsimpath::test
