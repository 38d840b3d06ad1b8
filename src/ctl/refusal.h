// SPDX-License-Identifier: LGPL-2.1-or-later
// Why a mount has refused a setting, for people.
#pragma once

#include <string_view>

#include "mounts.h"
#include "request_timeouts.h"

namespace scsimpath::ctl {

struct Refusal {
  std::string_view name;          ///< the short one
  std::string_view value;         ///< empty when it was only to be read
  bool is_fault_of_path = false;  ///< the name is that of a fault, and there is such a path
  RequestTimeouts timeouts{};
};

/// The same number, with a text that names cause and remedy.
[[nodiscard]] Error explain_refusal(const Place& place, const Refusal& refusal, const Error& error);

}  // namespace scsimpath::ctl
