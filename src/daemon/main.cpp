// SPDX-License-Identifier: LGPL-2.1-or-later
// scsimpath: mounts multipath disks as files.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <span>

#include "background.h"
#include "command_line.h"
#include "daemon.h"
#include "log.h"
#include "plan.h"
#include "signals.h"

namespace {

using namespace scsimpath;

constexpr int exit_usage = 2;

int refuse(const Error& error) {
  log::error("{}", error.message);
  return EXIT_FAILURE;
}

int mount(const daemon::CommandLine& line) {
  const auto plan = daemon::make_plan(line);
  if (!plan) return refuse(plan.error());

  daemon::block_signals();
  daemon::Background background;
  if (!plan->foreground) {
    const auto in_parent = background.enter();
    if (!in_parent) return refuse(in_parent.error());
    if (*in_parent) return **in_parent;
  }
  const auto served = daemon::serve(*plan, background);
  if (served) return EXIT_SUCCESS;
  if (plan->foreground) return refuse(served.error());
  background.failed(served.error().message);
  return EXIT_FAILURE;
}

int run(std::span<const char* const> arguments) {
  const auto line = daemon::parse_command_line(arguments);
  if (!line) {
    (void)std::fputs(daemon::usage_text().c_str(), stderr);
    return exit_usage;
  }
  switch (line->wish) {
    case daemon::CommandLine::Wish::help:
      (void)std::fputs(daemon::help_text().c_str(), stdout);
      return EXIT_SUCCESS;
    case daemon::CommandLine::Wish::version:
      std::puts("scsimpath " SCSIMPATH_VERSION);
      return EXIT_SUCCESS;
    case daemon::CommandLine::Wish::mount:
      return mount(*line);
  }
  return exit_usage;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)});
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "scsimpath: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
