// SPDX-License-Identifier: LGPL-2.1-or-later
// Why something happened, for people and for programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace scsimpath {

/// How the command ended that was the cause: values as in CommandResult.
struct CommandEnd {
  std::uint8_t opcode = 0;
  int os_error = 0;
  std::uint8_t host = 0;
  std::uint8_t status = 0;
  struct Sense {
    std::uint8_t key = 0;
    std::uint8_t asc = 0;
    std::uint8_t ascq = 0;
  };
  std::optional<Sense> sense{};
};

struct Reason {
  std::string text;
  std::optional<CommandEnd> end{};  ///< where the cause was a command that came back
};

}  // namespace scsimpath
