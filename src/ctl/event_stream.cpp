// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads .scsimpath/events without waiting.
#include "event_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "access.h"
#include "system_error.h"

namespace scsimpath::ctl {

Result<EventStream> EventStream::open(const Mount& mount) {
  const std::string file = mount.point + "/.scsimpath/events";
  Fd fd(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return std::unexpected(explain(mount, {errno, error_text(errno)}));
  return EventStream(std::move(fd));
}

bool EventStream::drain(std::vector<std::string>& lines) {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    rest_.append(buffer.data(), static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      lines.push_back(rest_.substr(begin, end - begin));
    }
    rest_.erase(0, begin);
  }
}

Result<std::vector<std::string>> past_events(const Mount& mount) {
  auto stream = EventStream::open(mount);
  if (!stream) return std::unexpected(stream.error());
  std::vector<std::string> lines;
  (void)stream->drain(lines);
  return lines;
}

}  // namespace scsimpath::ctl
