// SPDX-License-Identifier: LGPL-2.1-or-later
// Forks; the parent reads one message: ready, or why not.
#include "background.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "log.h"
#include "system_error.h"

namespace scsimpath::daemon {
namespace {

constexpr char ready_word = 'R';
constexpr char failed_word = 'F';

void write_all(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::write(fd, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;  // the parent is gone: nobody wants to know
    done += static_cast<std::size_t>(count);
  }
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 512> piece{};
  while (true) {
    const ssize_t count = ::read(fd, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(count));
    // A child that is ready may live on with the pipe's other end for as long as it likes.
    if (text.front() == ready_word) return text;
  }
}

/// How a child that said nothing ended.
int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    log::error("the program was ended by signal {} before the mount was ready", WTERMSIG(status));
  } else {
    log::error("the program ended before the mount was ready");
  }
  return EXIT_FAILURE;
}

}  // namespace

Result<std::optional<int>> Background::enter() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_failure(errno, "pipe");
  Fd reader(ends[0]);
  Fd writer(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return system_failure(errno, "fork");
  if (child == 0) {
    word_ = std::move(writer);
    // What goes well is nothing to tell a terminal.
    log::set_level(log::Level::warning);
    ::setsid();
    return std::optional<int>();
  }
  writer.reset();
  const std::string word = read_all(reader.get());
  if (word.empty()) return std::optional(wait_for(child));
  if (word.front() == ready_word) return std::optional(EXIT_SUCCESS);
  log::error("{}", word.substr(1));
  return std::optional(EXIT_FAILURE);
}

void Background::ready() {
  if (!word_) return;
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (null) {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null.get(), fd);
  }
  if (::chdir("/") != 0) log::warn("/: {}", error_text(errno));
  log::to_syslog("scsimpath");
  log::set_level(log::Level::info);
  write_all(word_.get(), std::string(1, ready_word));
  word_.reset();
}

void Background::failed(const std::string& reason) {
  if (!word_) return;
  write_all(word_.get(), failed_word + reason);
  word_.reset();
}

}  // namespace scsimpath::daemon
