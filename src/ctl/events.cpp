// SPDX-License-Identifier: LGPL-2.1-or-later
// `scsimpathctl events`: what happened on a mount, and what happens.
#include <fmt/format.h>
#include <poll.h>

#include <cerrno>
#include <cstdio>

#include "event_stream.h"
#include "exit_status.h"
#include "print.h"
#include "survey.h"
#include "system_error.h"
#include "verbs.h"

namespace scsimpath::ctl {
namespace {

/// Prints what is there; false when the mount has ended.
bool print_all(EventStream& stream, bool json) {
  std::vector<std::string> lines;
  const bool goes_on = stream.drain(lines);
  for (const std::string& line : lines) fmt::print("{}\n", json ? line : event_text(line));
  return goes_on;
}

}  // namespace

Result<int> events(const Arguments& arguments) {
  const Result<Survey> survey = take_survey(arguments.target);
  if (!survey) return std::unexpected(survey.error());
  std::vector<EventStream> streams;
  for (const Surveyed& mount : survey->mounts) {
    Result<EventStream> stream = EventStream::open(mount.place.mount);
    if (!stream) return std::unexpected(stream.error());
    streams.push_back(std::move(*stream));
  }
  while (!streams.empty()) {
    std::erase_if(streams, [&](EventStream& stream) { return !print_all(stream, arguments.json); });
    if (std::fflush(stdout) != 0) return fail(errno, error_text(errno));
    if (arguments.no_follow || streams.empty()) break;
    std::vector<pollfd> ready;
    for (const EventStream& stream : streams) ready.push_back({stream.fd(), POLLIN, 0});
    if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) {
      return fail(errno, error_text(errno));
    }
  }
  return survey->complete ? exit_fine : exit_refused;
}

}  // namespace scsimpath::ctl
