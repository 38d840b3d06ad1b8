// SPDX-License-Identifier: LGPL-2.1-or-later
// `scsimpathctl get`: one setting or reading of a head, or all of them.
#include <fmt/format.h>

#include <cerrno>

#include "access.h"
#include "exit_status.h"
#include "find_head.h"
#include "verbs.h"

namespace scsimpath::ctl {
namespace {

Result<int> get_all(const Place& place) {
  const Result<std::vector<std::string>> names = list_settings(place);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    const Result<std::string> value = get_setting(place, name);
    // A path may have gone since the list was made.
    if (!value && value.error().number == ENODATA) continue;
    if (!value) return std::unexpected(value.error());
    const bool lines = value->find('\n') != std::string::npos;
    fmt::print("{}{}{}{}", name, lines ? ":\n" : "=", *value, value->ends_with('\n') ? "" : "\n");
  }
  return exit_fine;
}

}  // namespace

Result<int> get(const Arguments& arguments) {
  const Result<Place> place = find_head(arguments.target);
  if (!place) return std::unexpected(place.error());
  if (arguments.name.empty()) return get_all(*place);
  const Result<std::string> value = get_setting(*place, arguments.name);
  if (!value) return std::unexpected(value.error());
  fmt::print("{}{}", *value, value->ends_with('\n') ? "" : "\n");
  return exit_fine;
}

}  // namespace scsimpath::ctl
