// SPDX-License-Identifier: LGPL-2.1-or-later
// A place that must be a head.
#pragma once

#include <fmt/format.h>

#include <cerrno>

#include "mounts.h"

namespace scsimpath::ctl {

[[nodiscard]] inline Result<Place> find_head(const std::string& name) {
  Result<Place> place = find_place(name);
  if (place && place->head.empty()) {
    return fail(EISDIR, fmt::format("{}: no head's file; `scsimpathctl list` shows them", name));
  }
  return place;
}

}  // namespace scsimpath::ctl
