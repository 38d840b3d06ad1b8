// SPDX-License-Identifier: LGPL-2.1-or-later
// `scsimpathctl events`: what happened on a mount, and what happens.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "exit_status.h"
#include "fd.h"
#include "print.h"
#include "survey.h"
#include "system_error.h"
#include "verbs.h"

namespace scsimpath::ctl {
namespace {

struct Stream {
  Fd fd;
  std::string rest;  ///< the beginning of a line that is not whole yet
};

Result<Stream> open_stream(const Mount& mount) {
  const std::string file = mount.point + "/.scsimpath/events";
  Fd fd(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return std::unexpected(explain(mount, {errno, error_text(errno)}));
  return Stream{std::move(fd), ""};
}

void print_lines(std::string& text, bool json) {
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = text.substr(begin, end - begin);
    fmt::print("{}\n", json ? line : event_text(line));
  }
  text.erase(0, begin);
}

/// Prints what is there; false when the mount has ended.
bool drain(Stream& stream, bool json) {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = ::read(stream.fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    stream.rest.append(buffer.data(), static_cast<std::size_t>(got));
    print_lines(stream.rest, json);
  }
}

}  // namespace

Result<int> events(const Arguments& arguments) {
  // The survey asks with patience; opening a file of a stuck mount would not return.
  const Result<Survey> survey = take_survey(arguments.target);
  if (!survey) return std::unexpected(survey.error());
  std::vector<Stream> streams;
  for (const Surveyed& mount : survey->mounts) {
    Result<Stream> stream = open_stream(mount.place.mount);
    if (!stream) return std::unexpected(stream.error());
    streams.push_back(std::move(*stream));
  }
  while (!streams.empty()) {
    std::erase_if(streams, [&](Stream& stream) { return !drain(stream, arguments.json); });
    if (std::fflush(stdout) != 0) return fail(errno, error_text(errno));
    if (arguments.no_follow || streams.empty()) break;
    std::vector<pollfd> ready;
    for (const Stream& stream : streams) ready.push_back({stream.fd.get(), POLLIN, 0});
    if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) {
      return fail(errno, error_text(errno));
    }
  }
  return survey->complete ? exit_fine : exit_refused;
}

}  // namespace scsimpath::ctl
