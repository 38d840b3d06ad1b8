// SPDX-License-Identifier: LGPL-2.1-or-later
// Look, admit, claim, open: in that order, so that nothing is claimed that is not served.
#include "sg_opener.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "claim.h"
#include "log.h"
#include "look.h"

namespace scsimpath::discovery {

namespace {

/// Errors that say what the device is, not how it fares.
bool is_final(int number) noexcept {
  return number == ENOTTY || number == EACCES || number == EPERM;
}

Refusal to_refusal(const Error& error) {
  return {.reason = error.message,
          .may_pass = !is_final(error.number),
          .in_use = error.number == EBUSY};
}

}  // namespace

SgOpener::~SgOpener() {
  std::vector<Thread> threads;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    jobs_.clear();
    threads.swap(threads_);
    changed_.notify_all();
  }
  for (Thread& thread : threads) thread.join();
}

void SgOpener::open(ScsiDevice device, bool was_in_use, Admit admit, Opened opened) {
  const MutexLock lock(mutex_);
  if (stopping_) return;
  jobs_.push_back({std::move(device), was_in_use, std::move(admit), std::move(opened)});
  // A thread that is idle yet may be the one that an earlier job has woken.
  if (jobs_.size() <= idle_ || threads_.size() >= most_threads) {
    changed_.notify_one();
    return;
  }
  try {
    threads_.emplace_back("sg-opener", [this] { loop(); });
  } catch (const std::system_error& error) {
    if (threads_.empty()) throw;
    log::warn("no further thread to open disks with: {}", error.what());
  }
}

/// The oldest job of a host that no thread is busy with.
std::deque<SgOpener::Job>::iterator SgOpener::next() noexcept {
  auto job = jobs_.begin();
  while (job != jobs_.end() &&
         std::ranges::find(busy_hosts_, job->device.host()) != busy_hosts_.end()) {
    ++job;
  }
  return job;
}

void SgOpener::loop() noexcept {
  MutexLock lock(mutex_);
  while (!stopping_) {
    const auto place = next();
    if (place == jobs_.end()) {
      ++idle_;
      changed_.wait(lock);
      --idle_;
      continue;
    }
    const Job job = std::move(*place);
    jobs_.erase(place);
    const std::string host(job.device.host());
    busy_hosts_.push_back(host);
    lock.unlock();
    job.opened(carry_out(job));
    lock.lock();
    std::erase(busy_hosts_, host);
    // Another thread may have passed over this host's next job.
    changed_.notify_one();
  }
}

std::expected<OpenedPath, Refusal> SgOpener::carry_out(const Job& job) {
  const ScsiDevice& device = job.device;
  // Not the first time: a disk that is held for a moment may be missed by others who come for it
  // when it appears, like mdadm --incremental.
  if (job.was_in_use) {
    if (auto free = Claim::check(device); !free && free.error().number == EBUSY) {
      return std::unexpected(to_refusal(free.error()));
    }
  }
  const auto look = sg::look(device.bsg_node, timeout_);
  if (!look) return std::unexpected(to_refusal(look.error()));
  auto identity = identify(*look);
  if (!identity) {
    return std::unexpected(
        Refusal{.reason = fmt::format("{}: {}", device.device(), identity.error().message),
                .may_pass = true});
  }
  if (auto refusal = job.admit(*identity)) return std::unexpected(*std::move(refusal));
  auto claim = Claim::take(device);
  if (!claim) return std::unexpected(to_refusal(claim.error()));
  auto transport = sg::open_path({.info = {.name = device.name,
                                           .device = device.device(),
                                           .numa_node = device.numa_node,
                                           .max_transfer = device.max_transfer,
                                           .port = port_of(device)},
                                  .node = device.bsg_node,
                                  .depth = device.queue_depth,
                                  .companion = std::shared_ptr<Claim>(*std::move(claim))},
                                 runtime_, service_);
  if (!transport) return std::unexpected(to_refusal(transport.error()));
  return OpenedPath{*std::move(identity), *std::move(transport)};
}

std::shared_ptr<PortLoad> SgOpener::port_of(const ScsiDevice& device) {
  const MutexLock lock(mutex_);
  // Hosts that come again have other numbers.
  std::erase_if(ports_, [](const auto& port) { return port.second.expired(); });
  auto& place = ports_[std::string(device.host())];
  auto port = place.lock();
  if (port == nullptr) place = port = std::make_shared<PortLoad>();
  return port;
}

}  // namespace scsimpath::discovery
