// SPDX-License-Identifier: LGPL-2.1-or-later
// Schedules in words and as source.
#include "schedule.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "answers.h"

namespace scsimpath::sim {
namespace {

constexpr std::array<std::string_view, 35> kind_names{
    "write",         "read",       "flush",      "zero",       "discard",         "seek_data",
    "cancel",        "link_down",  "link_up",    "hang",       "release",         "slow",
    "answer",        "other_disk", "no_disk",    "own_disk",   "tell_size",       "attention",
    "access",        "grow",       "power_loss", "other_host", "take_out",        "bring_back",
    "remove",        "add",        "recheck",    "policy",     "no_path_timeout", "io_timeout",
    "ghost_timeout", "exclusive",  "unmount",    "let_write",  "distrust"};

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
  static const Schedule plain;
  std::string text = fmt::format("Schedule schedule;\nschedule.seed = {};\n", schedule.seed);
  // Only what is not as usual.
  const auto put = [&](std::string_view name, const auto& value, const auto& usual,
                       const std::string& written) {
    if (value != usual) text += fmt::format("schedule.{} = {};\n", name, written);
  };
  const auto put_time = [&](std::string_view name, Duration value, Duration usual) {
    put(name, value, usual,
        value == HeadSettings::forever ? "HeadSettings::forever"
                                       : fmt::format("{}ms", value.count() / 1'000'000));
  };
  const HeadSettings& settings = schedule.settings;
  put("settings.iopolicy", settings.iopolicy, plain.settings.iopolicy,
      fmt::format("IoPolicy{{{}}}", static_cast<int>(settings.iopolicy)));
  put_time("settings.no_path_timeout", settings.no_path_timeout, plain.settings.no_path_timeout);
  put_time("settings.io_timeout", settings.io_timeout, plain.settings.io_timeout);
  put_time("settings.checker_interval", settings.checker_interval, plain.settings.checker_interval);
  put_time("settings.ghost_timeout", settings.ghost_timeout, plain.settings.ghost_timeout);
  put("settings.exclusive", settings.exclusive, plain.settings.exclusive, "true");
  put("max_transfer_blocks", schedule.max_transfer_blocks, plain.max_transfer_blocks,
      std::to_string(schedule.max_transfer_blocks));
  put("max_clones", schedule.max_clones, plain.max_clones, std::to_string(schedule.max_clones));
  put("thin", schedule.thin, plain.thin, "true");
  put("unmap_ignores", schedule.unmap_ignores, plain.unmap_ignores, "true");
  put("shared", schedule.shared, plain.shared, "true");
  put("lets_go", schedule.lets_go, plain.lets_go, "true");
  put("explicit_alua", schedule.explicit_alua, plain.explicit_alua, "true");
  put("commands_left", schedule.commands_left, plain.commands_left, "true");
  text += "schedule.paths = {\n";
  for (const PathPlan& plan : schedule.paths) {
    text += fmt::format("    {{{}, {}, PathPlan::Abort{{{}}}, {}, AccessState{{{}}}, {}}},\n",
                        plan.answers_inline, plan.may_block, static_cast<int>(plan.abort),
                        plan.group, static_cast<int>(plan.access), plan.room);
  }
  text += "};\nschedule.steps = {\n";
  for (const Step& step : schedule.steps) {
    text += fmt::format("    {{{}us, Kind::{}, {}, {}, {}, {}}},\n", step.at.count() / 1000,
                        name_of(step.kind), step.subject, number(step.a), number(step.b), step.c);
  }
  return text + "};\n";
}

}  // namespace scsimpath::sim
