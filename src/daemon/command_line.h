// SPDX-License-Identifier: LGPL-2.1-or-later
// The arguments of scsimpath.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scsimpath::daemon {

struct CommandLine {
  enum class Wish { mount, help, version };
  Wish wish = Wish::mount;
  std::string source;
  std::string mountpoint;
  std::vector<std::string> options;  ///< what each -o held
  bool foreground = false;
  bool debug = false;
};

/// Options may stand before, between and behind SOURCE and MOUNTPOINT. Nothing when it is not
/// understood.
[[nodiscard]] std::optional<CommandLine> parse_command_line(std::span<const char* const> arguments);

[[nodiscard]] std::string usage_text();
/// Every setting and key, from the tables.
[[nodiscard]] std::string help_text();

}  // namespace scsimpath::daemon
