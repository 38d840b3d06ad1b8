// SPDX-License-Identifier: LGPL-2.1-or-later
// An sg descriptor whose kernel is the test.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "fd.h"
#include "mutex.h"
#include "sg_device.h"

namespace scsimpath::test {

/// What the test and its device share. All members any thread.
class FakeKernel {
 public:
  FakeKernel() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      std::abort();
    }
    ours_.reset(ends[0]);
    theirs_.reset(ends[1]);
    // Nothing is taken from the heap while commands run.
    for (auto* headers : {&sent_, &back_}) headers->reserve(10000);
  }

  // The device's side.
  int open() {
    const MutexLock lock(mutex_);
    if (open_error_ == 0) ++opens_;
    return open_error_;
  }
  int submit(const sg_io_hdr_t& header) {
    MutexLock lock(mutex_);
    ++inside_;
    most_inside_ = std::max(most_inside_, inside_);
    changed_.notify_all();
    while (blocked_) changed_.wait(lock);
    --inside_;
    if (!refusals_.empty()) {
      const int number = refusals_.front();
      refusals_.pop_front();
      if (number != 0) return number;
    }
    if (in_flight_ >= limit_) return EDOM;
    ++in_flight_;
    sent_.push_back(header);
    changed_.notify_all();
    if (at_once_) back(header);
    return 0;
  }
  int reap(sg_io_hdr_t& header) {
    const MutexLock lock(mutex_);
    if (reap_error_ != 0) return std::exchange(reap_error_, 0);
    if (taken_ == back_.size()) return gone_ ? ENODEV : EAGAIN;
    header = back_[taken_++];
    // One for each answer: a socket that is full would ring no more.
    char rung = 0;
    (void)!::read(ours_.get(), &rung, 1);
    --in_flight_;
    if (taken_ == back_.size()) {
      taken_ = 0;
      back_.clear();
    }
    return std::exchange(lost_answer_, 0);
  }
  void close() {
    const MutexLock lock(mutex_);
    ++closes_;
    in_flight_at_close_ = in_flight_;
    closer_ = std::this_thread::get_id();
    changed_.notify_all();
  }
  [[nodiscard]] int fd() const { return ours_.get(); }

  // The test's side.
  void wait_for_sent(std::size_t count) {
    MutexLock lock(mutex_);
    while (sent_.size() < count) changed_.wait(lock);
  }
  void wait_for_close() {
    MutexLock lock(mutex_);
    while (closes_ == 0) changed_.wait(lock);
  }
  void wait_until_inside() {
    MutexLock lock(mutex_);
    while (inside_ == 0) changed_.wait(lock);
  }
  /// Headers in the order in which they were sent.
  [[nodiscard]] std::vector<sg_io_hdr_t> sent() {
    const MutexLock lock(mutex_);
    return sent_;
  }
  void forget_sent() {
    const MutexLock lock(mutex_);
    sent_.clear();
  }
  /// The command comes back.
  void answer(sg_io_hdr_t header, std::span<const std::uint8_t> sense = {}) {
    std::copy(sense.begin(), sense.end(), header.sbp);
    const MutexLock lock(mutex_);
    header.sb_len_wr = static_cast<unsigned char>(sense.size());
    back(header);
  }
  /// Every command sent so far comes back with a host byte.
  void answer_all(unsigned short host = 0) {
    const MutexLock lock(mutex_);
    for (sg_io_hdr_t header : sent_) {
      header.host_status = host;
      back(header);
    }
  }
  void answer_at_once() {
    const MutexLock lock(mutex_);
    at_once_ = true;
  }
  void refuse_open(int number) {
    const MutexLock lock(mutex_);
    open_error_ = number;
  }
  /// Of the next submissions; 0: takes it.
  void refuse(std::deque<int> numbers) {
    const MutexLock lock(mutex_);
    refusals_ = std::move(numbers);
  }
  /// Commands it takes before EDOM.
  void limit(unsigned commands) {
    const MutexLock lock(mutex_);
    limit_ = commands;
  }
  void block(bool on) {
    const MutexLock lock(mutex_);
    blocked_ = on;
    changed_.notify_all();
  }
  void fail_next_reap(int number) {
    const MutexLock lock(mutex_);
    reap_error_ = number;
  }
  /// The next answer comes with its pack_id and an error.
  void lose_next_answer(int number) {
    const MutexLock lock(mutex_);
    lost_answer_ = number;
  }
  void remove_device() {
    const MutexLock lock(mutex_);
    gone_ = true;
    (void)::shutdown(theirs_.get(), SHUT_RDWR);
  }
  [[nodiscard]] unsigned opens() {
    const MutexLock lock(mutex_);
    return opens_;
  }
  [[nodiscard]] unsigned closes() {
    const MutexLock lock(mutex_);
    return closes_;
  }
  [[nodiscard]] unsigned in_flight_at_close() {
    const MutexLock lock(mutex_);
    return in_flight_at_close_;
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
  void back(const sg_io_hdr_t& header) REQUIRES(mutex_) {
    back_.push_back(header);
    (void)::send(theirs_.get(), "", 1, MSG_NOSIGNAL);
  }

  Fd ours_;
  Fd theirs_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<sg_io_hdr_t> sent_ GUARDED_BY(mutex_);
  std::vector<sg_io_hdr_t> back_ GUARDED_BY(mutex_);
  std::size_t taken_ GUARDED_BY(mutex_) = 0;
  std::deque<int> refusals_ GUARDED_BY(mutex_);
  unsigned limit_ GUARDED_BY(mutex_) = 16;
  unsigned in_flight_ GUARDED_BY(mutex_) = 0;
  unsigned in_flight_at_close_ GUARDED_BY(mutex_) = 0;
  unsigned inside_ GUARDED_BY(mutex_) = 0;
  unsigned most_inside_ GUARDED_BY(mutex_) = 0;
  unsigned opens_ GUARDED_BY(mutex_) = 0;
  unsigned closes_ GUARDED_BY(mutex_) = 0;
  int open_error_ GUARDED_BY(mutex_) = 0;
  int reap_error_ GUARDED_BY(mutex_) = 0;
  int lost_answer_ GUARDED_BY(mutex_) = 0;
  bool at_once_ GUARDED_BY(mutex_) = false;
  bool blocked_ GUARDED_BY(mutex_) = false;
  bool gone_ GUARDED_BY(mutex_) = false;
  std::thread::id closer_ GUARDED_BY(mutex_);
};

class FakeDevice final : public sg::SgDevice {
 public:
  explicit FakeDevice(std::shared_ptr<FakeKernel> kernel) : kernel_(std::move(kernel)) {}

  [[nodiscard]] int open() noexcept override { return kernel_->open(); }
  [[nodiscard]] int submit(const sg_io_hdr_t& header) noexcept override {
    return kernel_->submit(header);
  }
  [[nodiscard]] int reap(sg_io_hdr_t& header) noexcept override { return kernel_->reap(header); }
  void close() noexcept override { kernel_->close(); }
  [[nodiscard]] int fd() const noexcept override { return kernel_->fd(); }

 private:
  const std::shared_ptr<FakeKernel> kernel_;
};

}  // namespace scsimpath::test
