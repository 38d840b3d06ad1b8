// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the sense decoder and the outcome table.
// Input: opcode, status, host byte, errno, residual (4 bytes), then sense data.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "outcome.h"
#include "sense.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scsimpath;
  constexpr std::size_t header = 8;
  if (size < header) return 0;

  Command command;
  command.cdb.bytes[0] = data[0];
  command.result.status = data[1];
  command.result.host = data[2];
  command.result.os_error = data[3];
  std::memcpy(&command.result.residual, data + 4, 4);
  const std::size_t sense_length = std::min(size - header, CommandResult::max_sense);
  std::copy_n(data + header, sense_length, command.result.sense.begin());
  command.result.sense_length = static_cast<std::uint8_t>(sense_length);

  // In the exact input, not in the command's larger array.
  const scsi::Sense sense = scsi::decode_sense({data + header, size - header});
  require(sense.key <= 0x0f);
  require(!scsi::to_text(sense).empty());
  require(!scsi::reason(command.result).empty());

  const scsi::Outcome outcome = scsi::classify(command);
  require((outcome.action == scsi::Action::done) == (outcome.error == IoError::none));
  require(outcome.access_state != AccessState::optimized);
  const bool retries = outcome.action == scsi::Action::retry ||
                       outcome.action == scsi::Action::retry_then_elsewhere ||
                       outcome.action == scsi::Action::busy;
  require(retries == (outcome.max_retries > 0));
  const bool up = scsi::check_result(outcome) == scsi::CheckResult::up;
  require(!up || outcome.action == scsi::Action::done || outcome.error == IoError::reservation);
  return 0;
}
