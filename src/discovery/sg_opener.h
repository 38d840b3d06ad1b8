// SPDX-License-Identifier: LGPL-2.1-or-later
// Opens the kernel's SCSI devices through their SCSI generic nodes.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mutex.h"
#include "path_opener.h"
#include "scsimpath/runtime.h"
#include "sg_transport.h"
#include "thread.h"

namespace scsimpath::discovery {

/// A few threads, started when they are needed. One host's devices are opened one after the other,
/// so a host whose error handler keeps everybody waiting holds one thread.
class SgOpener final : public PathOpener {
 public:
  static constexpr std::size_t most_threads = 16;

  /// `timeout` is that of each command of the first look.
  SgOpener(Runtime& runtime, sg::Service& service, Duration timeout) noexcept
      : runtime_(runtime), service_(service), timeout_(timeout) {}
  /// Forgets what has not begun and waits for what has.
  ~SgOpener() override;

  void open(ScsiDevice device, bool was_in_use, Admit admit, Opened opened) override;

 private:
  struct Job {
    ScsiDevice device;
    bool was_in_use;
    Admit admit;
    Opened opened;
  };

  void loop() noexcept;
  [[nodiscard]] std::deque<Job>::iterator next() noexcept REQUIRES(mutex_);
  [[nodiscard]] std::expected<OpenedPath, Refusal> carry_out(const Job& job);
  [[nodiscard]] std::shared_ptr<PortLoad> port_of(const ScsiDevice& device);

  Runtime& runtime_;
  sg::Service& service_;
  const Duration timeout_;

  Mutex mutex_;  // a leaf
  CondVar changed_;
  std::deque<Job> jobs_ GUARDED_BY(mutex_);
  std::vector<std::string> busy_hosts_ GUARDED_BY(mutex_);
  std::map<std::string, std::weak_ptr<PortLoad>, std::less<>> ports_ GUARDED_BY(mutex_);
  std::vector<Thread> threads_ GUARDED_BY(mutex_);
  std::size_t idle_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace scsimpath::discovery
