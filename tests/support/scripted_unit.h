// SPDX-License-Identifier: LGPL-2.1-or-later
// What a well-behaved logical unit answers; ScriptedPath falls back on it.
#pragma once

#include <cstddef>

#include "scripted_transport.h"

namespace scsimpath::test {

/// The unit as seen through one port.
struct UnitView {
  ScriptedDisk& disk;
  std::uint16_t group;
  std::uint64_t blocks;
};

/// Does what the command says, moving at most `limit` bytes of data, and fills in the result.
void execute(const UnitView& view, Command& command, std::size_t limit) noexcept;

/// Does it, as far as the residual lets it, and ends the command as told.
void answer(const UnitView& view, Command& command, const Answer& told) noexcept;

/// Ends a command as told, whatever was done for it: a good answer leaves the result as it is.
void put_result(Command& command, const Answer& told) noexcept;

/// Writes fixed-format sense data and CHECK CONDITION into the result.
void set_sense(CommandResult& result, std::uint8_t key, std::uint8_t asc, std::uint8_t ascq,
               bool deferred = false) noexcept;

/// What a command is, from its CDB.
[[nodiscard]] Seen describe(const Command& command) noexcept;

}  // namespace scsimpath::test
