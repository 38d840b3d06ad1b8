// SPDX-License-Identifier: LGPL-2.1-or-later
// Asking a file system that may never answer.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "scsimpath/result.h"

namespace scsimpath::ctl {

/// How long a mount that serves gets for one answer; a live one takes milliseconds.
inline constexpr std::chrono::milliseconds patience{5000};

/// Runs `question` in a child process and passes on what it returns; ETIMEDOUT when that takes
/// longer than `limit`. A child, because a call into a file system whose program is stopped ends
/// neither by a signal nor with its thread: it is left behind and goes when the program does.
[[nodiscard]] Result<std::string> ask(const std::function<Result<std::string>()>& question,
                                      std::chrono::milliseconds limit = patience);

}  // namespace scsimpath::ctl
