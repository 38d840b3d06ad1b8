// SPDX-License-Identifier: LGPL-2.1-or-later
// A clone: one attempt of a master on one path.
#pragma once

#include <atomic>
#include <cstdint>

#include "scsimpath/command.h"
#include "scsimpath/runtime.h"

namespace scsimpath {

class Path;
struct EdgeBlock;
struct Request;

/// Who goes on with a clone when its command is done: whoever finds the other's mark.
///
///     submitting ──► pending ──► done
///       │      │        ▲ │
///       ▼      ▼        │ ▼
/// done_inline  abandoning ──► abandoned ──► done
///
enum class CloneStage : std::uint8_t {
  submitting,   ///< `Transport::submit` has not returned
  pending,      ///< it has, and the command is with the transport
  abandoning,   ///< it is being taken from its request, by whoever does so
  abandoned,    ///< the request goes on without it; what it says is dropped
  done_inline,  ///< the transport has called `done` inside `submit`: the submitter goes on with it
  done,         ///< it has called `done`
};

/// Has its own CDB, sense buffer and result; shares the master's data buffer.
struct Clone {
  Command command;  // first: `done` gets from the command to its clone
  Path* path = nullptr;
  Request* request = nullptr;
  Instant started{};
  Instant deadline{};
  std::atomic<CloneStage> stage{CloneStage::submitting};
  /// The carrier's, the submitter's while `submit` may block, and one more while the tracker asks
  /// the transport to abort it.
  std::atomic<std::uint8_t> references{1};
  bool given_up = false;  ///< passed its deadline; under the tracker's lock
  bool tracked = false;
  // Once abandoned: what of the request it has kept.
  EdgeBlock* kept_edge = nullptr;
  bool kept_data = false;
  bool haunts = false;    ///< its range: it may yet be executed
  Clone* next = nullptr;  ///< in the tracker
  Clone* previous = nullptr;

  [[nodiscard]] static Clone& of(Command& command) noexcept {
    return reinterpret_cast<Clone&>(command);
  }
};

/// One block that a user's request covers in part.
struct EdgeBlock {
  static constexpr std::uint32_t size = 4096;
  alignas(size) std::uint8_t bytes[size];
};

}  // namespace scsimpath
