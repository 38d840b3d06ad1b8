// SPDX-License-Identifier: LGPL-2.1-or-later
// The command line of scsimpathctl.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace scsimpath::ctl {

enum class Verb : std::uint8_t { list, show, explain, get, set, path, events, candidates };

/// What was asked for. A verb looks only at what it takes; the rest is empty.
struct Arguments {
  Verb verb = Verb::list;
  std::string target;  ///< MOUNT or FILE, empty: every mount
  std::string name;    ///< of a setting, with or without `user.scsimpath.`; or of a path
  std::string value;   ///< of a setting; `offline`, `running` or `fault` of a path
  std::string fault;
  bool json = false;
  bool check = false;      ///< list
  bool no_follow = false;  ///< events
};

/// Nothing is to be done: print this and end.
struct Farewell {
  int exit_status = 0;
  std::string text;  ///< for stdout when the status is 0, else for stderr
};

[[nodiscard]] std::variant<Arguments, Farewell> parse_arguments(int count,
                                                                const char* const* words);

}  // namespace scsimpath::ctl
