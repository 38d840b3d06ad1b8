// SPDX-License-Identifier: LGPL-2.1-or-later
// scsimpathctl: looks at scsimpath mounts and changes their settings.
#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>

#include "arguments.h"
#include "exit_status.h"
#include "print.h"
#include "system_error.h"
#include "verbs.h"

namespace {

using namespace scsimpath;
using namespace scsimpath::ctl;

/// A descriptor we open must never become 0, 1 or 2, whatever we were started with.
bool have_standard_files() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != fd) return false;
  }
  return true;
}

Result<int> run(const Arguments& arguments) {
  switch (arguments.verb) {
    case Verb::list:
      return list(arguments);
    case Verb::show:
      return show(arguments);
    case Verb::explain:
      return explain(arguments);
    case Verb::get:
      return get(arguments);
    case Verb::set:
      return set(arguments);
    case Verb::path:
      return path(arguments);
    case Verb::events:
      return events(arguments);
    case Verb::candidates:
      return candidates(arguments);
  }
  return exit_usage;
}

}  // namespace

int main(int count, char** words) {
  if (!have_standard_files()) return exit_refused;
  const auto parsed = parse_arguments(count, words);
  int exit_status = exit_fine;
  if (const Farewell* farewell = std::get_if<Farewell>(&parsed)) {
    fmt::print(farewell->exit_status == exit_fine ? stdout : stderr, "{}", farewell->text);
    exit_status = farewell->exit_status;
  } else {
    const Result<int> result = run(std::get<Arguments>(parsed));
    if (!result) complain(result.error().message);
    exit_status = result.value_or(exit_refused);
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    complain(fmt::format("stdout: {}", error_text(errno)));
    return exit_refused;
  }
  return exit_status;
}
