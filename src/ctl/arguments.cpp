// SPDX-License-Identifier: LGPL-2.1-or-later
// The command line of scsimpathctl; the only file that includes CLI11.
#include "arguments.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "exit_status.h"

namespace scsimpath::ctl {
namespace {

constexpr std::string_view usage =
    "usage: scsimpathctl list [--check] [--json] [MOUNT]\n"
    "       scsimpathctl show [--json] [MOUNT|FILE]\n"
    "       scsimpathctl explain FILE\n"
    "       scsimpathctl get FILE [NAME]\n"
    "       scsimpathctl set FILE NAME VALUE\n"
    "       scsimpathctl path FILE PATH offline|running\n"
    "       scsimpathctl path FILE PATH fault SPEC\n"
    "       scsimpathctl events [--no-follow] [--json] [MOUNT]\n"
    "       scsimpathctl candidates [--json] [MOUNT]\n"
    "       scsimpathctl --help | --version\n";

constexpr std::string_view help =
    "\n"
    "Shows and changes what a scsimpath file system does, through its files and xattrs.\n"
    "\n"
    "  list        heads and their paths, shortly; --check: one line, and exit status\n"
    "              0 ok, 1 degraded, 2 holding, failed or no answer\n"
    "  show        heads in full, and who has them open\n"
    "  explain     which path the next command takes, why not the others, and what\n"
    "              went wrong lately\n"
    "  get         one setting or reading of a head, or all\n"
    "  set         change a setting while I/O runs, or is held\n"
    "  path        take a path out, bring it back, make an emulated one misbehave\n"
    "  events      what happened, and what happens\n"
    "  candidates  which disks are used, which are not, and why\n"
    "\n"
    "FILE is a head's file, MOUNT a mount point; without one: every scsimpath mount.\n"
    "Exit status: 0 fine, 1 refused, 2 wrong usage. Manual: scsimpathctl(8), scsimpath(7).\n";

Farewell wrong(std::string_view what) {
  return {exit_usage, fmt::format("scsimpathctl: {}\n{}", what, usage)};
}

void declare(CLI::App& app, Arguments& arguments, bool& version) {
  app.set_help_flag();
  app.add_flag("-h,--help");
  app.add_flag("-V,--version", version);
  app.require_subcommand(0, 1);

  const auto verb = [&](const char* name, Verb value) {
    CLI::App* sub = app.add_subcommand(name);
    sub->set_help_flag();
    sub->add_flag("-h,--help");
    sub->callback([&arguments, value] { arguments.verb = value; });
    return sub;
  };
  const auto file = [&](CLI::App* sub) { sub->add_option("FILE", arguments.target)->required(); };

  CLI::App* list = verb("list", Verb::list);
  list->add_option("MOUNT", arguments.target);
  list->add_flag("--json", arguments.json);
  list->add_flag("--check", arguments.check);

  CLI::App* show = verb("show", Verb::show);
  show->add_option("FILE", arguments.target);
  show->add_flag("--json", arguments.json);

  file(verb("explain", Verb::explain));

  CLI::App* get = verb("get", Verb::get);
  file(get);
  get->add_option("NAME", arguments.name);

  CLI::App* set = verb("set", Verb::set);
  file(set);
  set->add_option("NAME", arguments.name)->required();
  set->add_option("VALUE", arguments.value)->required();

  CLI::App* path = verb("path", Verb::path);
  file(path);
  path->add_option("PATH", arguments.name)->required();
  path->add_option("STATE", arguments.value)->required();
  path->add_option("SPEC", arguments.fault);

  CLI::App* events = verb("events", Verb::events);
  events->add_option("MOUNT", arguments.target);
  events->add_flag("--json", arguments.json);
  events->add_flag("--no-follow", arguments.no_follow);

  CLI::App* candidates = verb("candidates", Verb::candidates);
  candidates->add_option("MOUNT", arguments.target);
  candidates->add_flag("--json", arguments.json);
}

bool asks_for_help(const CLI::App& app) {
  if (app.count("--help") > 0) return true;
  for (const CLI::App* sub : app.get_subcommands()) {
    if (sub->count("--help") > 0) return true;
  }
  return false;
}

}  // namespace

std::variant<Arguments, Farewell> parse_arguments(int count, const char* const* words) {
  Arguments arguments;
  bool version = false;
  CLI::App app;
  declare(app, arguments, version);
  try {
    app.parse(count, words);
  } catch (const CLI::ParseError& error) {
    if (asks_for_help(app)) return Farewell{exit_fine, fmt::format("{}{}", usage, help)};
    return wrong(error.what());
  }
  if (asks_for_help(app)) return Farewell{exit_fine, fmt::format("{}{}", usage, help)};
  if (version) return Farewell{exit_fine, "scsimpathctl " SCSIMPATH_VERSION "\n"};
  if (app.get_subcommands().empty()) return wrong("a verb is missing");

  if (arguments.verb == Verb::path) {
    const bool fault = arguments.value == "fault";
    if (!fault && arguments.value != "offline" && arguments.value != "running") {
      return wrong(fmt::format("{}: neither offline, running nor fault", arguments.value));
    }
    if (fault && arguments.fault.empty()) return wrong("path … fault: SPEC is missing");
    if (!fault && !arguments.fault.empty()) {
      return wrong(fmt::format("{}: one word too many", arguments.fault));
    }
  }
  if (arguments.check && arguments.json) return wrong("--check and --json exclude each other");
  return arguments;
}

}  // namespace scsimpath::ctl
