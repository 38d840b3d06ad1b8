// SPDX-License-Identifier: LGPL-2.1-or-later
// Bytes of a request into masters: block-aligned SCSI operations within the transfer limit.
#include <algorithm>
#include <cstring>

#include "cdb.h"
#include "core.h"

namespace scsimpath {

/// Checks the request against the disk and cuts it off at the disk's end, as a block device does.
IoError HeadCore::fit_to_disk(Request& request) const noexcept {
  if (request.operation == Operation::flush) return IoError::none;
  const Geometry disk = geometry();
  if (request.operation == Operation::write && disk.read_only) return IoError::read_only;
  if (request.offset >= disk.size) {
    const bool nothing = request.operation == Operation::read || request.data.empty();
    request.data = request.data.first(0);
    return nothing ? IoError::none : IoError::no_space;
  }
  const std::uint64_t room = disk.size - request.offset;
  if (request.data.size() > room) request.data = request.data.first(room);
  request.progress.first_block = request.offset / disk.block_size;
  request.progress.end_block =
      (request.offset + request.data.size() + disk.block_size - 1) / disk.block_size;
  return IoError::none;
}

/// Decides what the next master is, unless one is under way. False: it needs an edge block, and
/// there is none now.
bool HeadCore::plan_master(Request& request) noexcept {
  Request::Progress& progress = request.progress;
  if (progress.step == 0) {
    progress.tried_elsewhere = progress.exhausted = false;
    progress.retries = 0;
    progress.same_path = 0;
    progress.failed_paths = 0;
    if (request.operation == Operation::flush) {
      progress.step = 1;
      return true;
    }
    const std::uint32_t block = identity().block_size;
    const std::uint64_t at = request.offset + progress.position;
    const auto left = static_cast<std::uint32_t>(request.data.size() - progress.position);
    const auto into = static_cast<std::uint32_t>(at % block);
    progress.using_edge = into != 0 || left < block;
    progress.filling_edge = progress.using_edge && request.operation == Operation::write;
    const std::uint32_t most = max_transfer_.load(std::memory_order_relaxed);
    progress.step = progress.using_edge ? std::min(left, block - into)
                                        : std::min(left / block * block, most / block * block);
  }
  if (progress.using_edge && progress.edge == nullptr) progress.edge = edges_.take();
  return !progress.using_edge || progress.edge != nullptr;
}

void HeadCore::build_command(const Request& request, Command& command) const noexcept {
  const Request::Progress& progress = request.progress;
  command.purpose = Purpose::io;
  command.result.os_error = 0;
  command.result.status = command.result.host = command.result.driver = 0;
  command.result.sense_length = 0;
  command.result.residual = 0;
  if (request.operation == Operation::flush) {
    command.cdb = scsi::synchronize_cache();
    command.direction = Direction::none;
    command.data = {};
    return;
  }
  const std::uint32_t block = identity().block_size;
  const std::uint64_t lba = (request.offset + progress.position) / block;
  command.data = progress.using_edge ? Bytes(progress.edge->bytes, block)
                                     : request.data.subspan(progress.position, progress.step);
  const auto blocks = static_cast<std::uint32_t>(command.data.size() / block);
  const bool reads = request.operation == Operation::read || progress.filling_edge;
  command.cdb = reads ? scsi::read(lba, blocks) : scsi::write(lba, blocks, request.fua);
  command.direction = reads ? Direction::from_device : Direction::to_device;
}

/// The current master has succeeded. True: so has the request.
bool HeadCore::master_done(Request& request) noexcept {
  Request::Progress& progress = request.progress;
  if (request.operation == Operation::flush) return true;
  if (progress.using_edge) {
    const std::uint64_t at = request.offset + progress.position;
    std::uint8_t* const in_edge = progress.edge->bytes + at % identity().block_size;
    std::uint8_t* const in_data = request.data.data() + progress.position;
    if (progress.filling_edge) {
      // The block is whole now; the same step goes on as a write of it, with budgets of its own.
      std::memcpy(in_edge, in_data, progress.step);
      progress.filling_edge = progress.tried_elsewhere = progress.exhausted = false;
      progress.retries = 0;
      progress.failed_paths = 0;
      return false;
    }
    if (request.operation == Operation::read) std::memcpy(in_data, in_edge, progress.step);
  }
  progress.position += progress.step;
  progress.step = 0;
  return progress.position == request.data.size();
}

}  // namespace scsimpath
