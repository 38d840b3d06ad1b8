// SPDX-License-Identifier: LGPL-2.1-or-later
// Asking a file system that may never answer.
#include "patience.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "fd.h"

namespace scsimpath::ctl {
namespace {

using WallClock = std::chrono::steady_clock;

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// The answer on the wire: the errno as it lies in memory, then the value or the message.
[[noreturn]] void answer(int fd, const std::function<Result<std::string>()>& question) {
  // A child that is stuck must not keep the reader of our output waiting for its end.
  ::close(STDIN_FILENO);
  ::close(STDOUT_FILENO);
  ::close(STDERR_FILENO);
  const Result<std::string> result = question();
  const int number = result ? 0 : result.error().number;
  std::array<char, sizeof number> head{};
  std::memcpy(head.data(), &number, sizeof number);
  write_all(fd, {head.data(), head.size()});
  write_all(fd, result ? *result : result.error().message);
  ::_exit(0);
}

/// Reads until the end; false when the deadline came first.
bool read_until(int fd, WallClock::time_point deadline, std::string& bytes) {
  std::array<char, 65536> buffer;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - WallClock::now());
    if (left.count() <= 0) return false;
    pollfd ready{fd, POLLIN, 0};
    const int count = ::poll(&ready, 1, static_cast<int>(left.count()) + 1);
    if (count < 0 && errno != EINTR) return false;
    if (count <= 0) continue;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

Result<std::string> ask(const std::function<Result<std::string>()>& question,
                        std::chrono::milliseconds limit) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(errno, "cannot make a pipe");
  Fd reader(ends[0]);
  Fd writer(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return fail(errno, "cannot start a process");
  if (child == 0) answer(writer.get(), question);
  writer.reset();

  std::string bytes;
  const bool ended = read_until(reader.get(), WallClock::now() + limit, bytes);
  if (!ended) ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, ended ? 0 : WNOHANG);
  int number = 0;
  if (!ended || bytes.size() < sizeof number) return fail(ETIMEDOUT, "no answer");
  std::memcpy(&number, bytes.data(), sizeof number);
  bytes.erase(0, sizeof number);
  if (number != 0) return fail(number, std::move(bytes));
  return bytes;
}

}  // namespace scsimpath::ctl
