// SPDX-License-Identifier: LGPL-2.1-or-later
// One SCSI command on its way down one path and back.
#pragma once

#include <array>
#include <cstdint>

#include "scsimpath/bytes.h"
#include "scsimpath/runtime.h"

namespace scsimpath {

/// A command descriptor block (SAM-5 5.2).
struct Cdb {
  std::array<std::uint8_t, 16> bytes{};
  std::uint8_t length = 0;
};

enum class Direction : std::uint8_t { none, from_device, to_device };

/// Who a command is for: a user's request, or the program's own look at the path.
enum class Purpose : std::uint8_t { io, check };

/// What came back. Values are those of SAM-5 (status) and of the kernel's
/// include/scsi/scsi_status.h and <scsi/sg.h> (host and driver byte). `os_error` is an errno when
/// the command could not be handed over at all; then nothing else counts.
struct CommandResult {
  static constexpr std::size_t max_sense = 96;

  int os_error = 0;
  std::uint8_t status = 0;
  std::uint8_t host = 0;
  std::uint8_t driver = 0;
  std::uint8_t sense_length = 0;
  /// Requested minus transferred bytes; below 0 when the device claims to have moved more.
  std::int32_t residual = 0;
  std::array<std::uint8_t, max_sense> sense{};

  [[nodiscard]] ConstBytes sense_bytes() const noexcept { return {sense.data(), sense_length}; }
};

/// One command. The submitter fills the first part and keeps the object and the data alive until
/// `done` was called; the transport owns the rest meanwhile.
struct Command {
  Cdb cdb;
  Direction direction = Direction::none;
  Purpose purpose = Purpose::io;
  /// The data buffer; its size is the transfer length in bytes. Of a command to the device it is
  /// only read. It is shared with the request: never copied on the way.
  Bytes data{};
  Duration timeout{};
  void (*done)(Command&) noexcept = nullptr;

  CommandResult result;

  // The transport's scratch.
  struct Scratch {
    Command* next = nullptr;
    Command* previous = nullptr;
    void* owner = nullptr;
    std::uint64_t word = 0;
    Timer timer{nullptr};
  } transport;
};

}  // namespace scsimpath
