// SPDX-License-Identifier: LGPL-2.1-or-later
// Waits on a signalfd.
#include "signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "system_error.h"

namespace scsimpath::daemon {
namespace {

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = our_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  (void)std::signal(SIGPIPE, SIG_IGN);
}

Result<void> Signals::listen(std::function<void()> end, std::function<void()> reload) {
  end_ = std::move(end);
  reload_ = std::move(reload);
  const sigset_t set = our_signals();
  signals_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) return system_failure(errno, "signalfd");
  over_.reset(::eventfd(0, EFD_CLOEXEC));
  if (!over_) return system_failure(errno, "eventfd");
  try {
    thread_ = Thread("signals", [this] { loop(); });
  } catch (const std::system_error& error) {
    return system_failure(error.code().value(), "a thread for signals");
  }
  return {};
}

Signals::~Signals() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  // An eventfd at 0 always takes a 1.
  static_cast<void>(!::write(over_.get(), &one, sizeof one));
  thread_.join();
}

void Signals::loop() noexcept {
  std::array<pollfd, 2> sources{{{signals_.get(), POLLIN, 0}, {over_.get(), POLLIN, 0}}};
  while (true) {
    if (::poll(sources.data(), sources.size(), -1) < 0 && errno != EINTR) return;
    if (sources[1].revents != 0) return;
    signalfd_siginfo signal{};
    if (::read(signals_.get(), &signal, sizeof signal) != sizeof signal) continue;
    if (signal.ssi_signo == SIGHUP) {
      reload_();
    } else {
      end_();
    }
  }
}

}  // namespace scsimpath::daemon
