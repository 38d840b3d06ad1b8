// SPDX-License-Identifier: LGPL-2.1-or-later
// Schedules in words and as source.
#include "schedule.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "answers.h"

namespace scsimpath::sim {
namespace {

constexpr std::array<std::string_view, 33> kind_names{
    "write",         "read",       "flush",      "zero",       "discard",         "seek_data",
    "cancel",        "link_down",  "link_up",    "hang",       "release",         "slow",
    "answer",        "other_disk", "no_disk",    "own_disk",   "tell_size",       "attention",
    "access",        "grow",       "power_loss", "other_host", "take_out",        "bring_back",
    "remove",        "add",        "recheck",    "policy",     "no_path_timeout", "io_timeout",
    "ghost_timeout", "exclusive",  "unmount"};

std::string_view name_of(Kind kind) {
  return kind_names.at(static_cast<std::size_t>(kind));
}

std::string number(std::uint64_t value) {
  return value == never ? "never" : std::to_string(value);
}

}  // namespace

std::string describe(const Step& step) {
  const std::string_view name = name_of(step.kind);
  if (step.kind <= Kind::cancel) return fmt::format("{} {} {} {}", name, step.a, step.b, step.c);
  if (step.kind == Kind::answer) {
    return fmt::format("p{}: {} {}, {} times, for {}", step.subject, name,
                       answer_rows()[step.a].name, step.b, step.c);
  }
  return fmt::format("{} {}: {} {}", name, step.subject, number(step.a), step.b);
}

std::string to_source(const Schedule& schedule) {
  const HeadSettings& settings = schedule.settings;
  std::string text = fmt::format(
      "Schedule schedule;\nschedule.seed = {};\nschedule.settings.iopolicy = IoPolicy{{{}}};\n"
      "schedule.settings.no_path_timeout = Duration({});\n"
      "schedule.settings.io_timeout = Duration({});\n"
      "schedule.settings.checker_interval = Duration({});\n"
      "schedule.settings.exclusive = {};\nschedule.settings.ghost_timeout = Duration({});\n"
      "schedule.max_transfer_blocks = {};\nschedule.max_clones = {};\n"
      "schedule.thin = {};\nschedule.unmap_ignores = {};\nschedule.shared = {};\nschedule.paths = "
      "{{\n",
      schedule.seed, static_cast<int>(settings.iopolicy), settings.no_path_timeout.count(),
      settings.io_timeout.count(), settings.checker_interval.count(), settings.exclusive,
      settings.ghost_timeout.count(), schedule.max_transfer_blocks, schedule.max_clones,
      schedule.thin, schedule.unmap_ignores, schedule.shared);
  for (const PathPlan& plan : schedule.paths) {
    text += fmt::format("    {{{}, {}, PathPlan::Abort{{{}}}, {}, AccessState{{{}}}}},\n",
                        plan.answers_inline, plan.may_block, static_cast<int>(plan.abort),
                        plan.group, static_cast<int>(plan.access));
  }
  text += "};\nschedule.steps = {\n";
  for (const Step& step : schedule.steps) {
    text += fmt::format("    {{{}us, Kind::{}, {}, {}, {}, {}}},\n", step.at.count() / 1000,
                        name_of(step.kind), step.subject, number(step.a), number(step.b), step.c);
  }
  return text + "};\n";
}

}  // namespace scsimpath::sim
