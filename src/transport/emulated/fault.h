// SPDX-License-Identifier: LGPL-2.1-or-later
// The faults an emulated path can show: what they are called and which commands they strike.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "scsimpath/command.h"
#include "scsimpath/path.h"
#include "scsimpath/result.h"

namespace scsimpath::emulated {

/// Key, additional code and its qualifier; key 0 stands for "nothing is wrong".
struct SenseCode {
  std::uint8_t key = 0;
  std::uint8_t asc = 0;
  std::uint8_t ascq = 0;

  bool operator==(const SenseCode&) const = default;
};

/// - none: nothing but the delay, if there is one
/// - offline: nothing is answered, host status NO_CONNECT
/// - hang: commands are held, and executed late when the fault is written again
/// - answer: commands complete with a made-up result
/// - shorten: commands transfer only so much
enum class FaultKind : std::uint8_t { none, offline, hang, answer, shorten };

/// Which commands a fault is for.
enum class FaultScope : std::uint8_t { all, read, write, io, check };

struct Fault {
  FaultKind kind = FaultKind::none;
  // Of an answer; at least one is there. Sense without a status implies CHECK CONDITION.
  std::optional<std::uint8_t> host;
  std::optional<std::uint8_t> status;
  std::optional<SenseCode> sense;
  std::uint32_t short_bytes = 0;

  std::optional<std::chrono::milliseconds> delay;
  std::uint64_t every = 1;             ///< strikes each Nth command
  std::optional<std::uint64_t> count;  ///< strikes so often, then no more
  FaultScope scope = FaultScope::all;

  [[nodiscard]] bool in_force() const noexcept { return kind != FaultKind::none || delay; }
  bool operator==(const Fault&) const = default;
};

/// The disk loses its power for a moment.
struct PowerLoss {
  bool operator==(const PowerLoss&) const = default;
};

/// A fault to set, or what happens at once: (`alua=`) the access state that the path's port group
/// takes, a loss of power.
using FaultOrder = std::variant<Fault, AccessState, PowerLoss>;

/// EINVAL names the word that is wrong.
[[nodiscard]] Result<FaultOrder> parse_fault(std::string_view specification);

/// As `parse_fault` takes it; `none` without a fault.
[[nodiscard]] std::string to_string(const Fault& fault);

/// Is the command one of those the fault counts?
[[nodiscard]] bool matches(FaultScope scope, const Command& command) noexcept;

}  // namespace scsimpath::emulated
