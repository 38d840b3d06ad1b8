// SPDX-License-Identifier: LGPL-2.1-or-later
// Results of operations that people start: an errno for programs, a sentence for people.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace scsimpath {

/// Why a control operation failed. `number` is an errno value; `message` names the thing that was
/// wrong and, where there is one, the remedy; it has no trailing newline or full stop.
struct Error {
  int number = 0;
  std::string message;
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(int number, std::string message) {
  return std::unexpected(Error{number, std::move(message)});
}

}  // namespace scsimpath
