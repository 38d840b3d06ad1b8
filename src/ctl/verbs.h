// SPDX-License-Identifier: LGPL-2.1-or-later
// The verbs of scsimpathctl, each in the file of its name. They print their result on stdout; an
// error is the caller's to print. What they return is the exit status.
#pragma once

#include "arguments.h"
#include "scsimpath/result.h"

namespace scsimpath::ctl {

[[nodiscard]] Result<int> list(const Arguments& arguments);
[[nodiscard]] Result<int> show(const Arguments& arguments);
[[nodiscard]] Result<int> explain(const Arguments& arguments);
[[nodiscard]] Result<int> get(const Arguments& arguments);
[[nodiscard]] Result<int> set(const Arguments& arguments);
[[nodiscard]] Result<int> path(const Arguments& arguments);
[[nodiscard]] Result<int> events(const Arguments& arguments);
[[nodiscard]] Result<int> candidates(const Arguments& arguments);

}  // namespace scsimpath::ctl
