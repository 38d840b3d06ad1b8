// SPDX-License-Identifier: LGPL-2.1-or-later
// Bytes of a request into masters: block-aligned SCSI operations within the transfer limit.
#include <algorithm>
#include <cstring>

#include "cdb.h"
#include "core.h"
#include "lba_status.h"

namespace scsimpath {

/// Checks the request against the disk and cuts it off at the disk's end, as a block device does.
IoError HeadCore::fit_to_disk(Request& request) const noexcept {
  Request::Progress& progress = request.progress;
  progress.end = 0;
  if (request.operation == Operation::flush) return IoError::none;
  const Geometry disk = geometry();
  if (request.changes_blocks() && disk.read_only) return IoError::read_only;
  const std::uint64_t asked = request.zeroes()  ? request.length
                              : request.seeks() ? disk.size
                                                : request.data.size();
  if (request.offset >= disk.size) {
    const bool fits = request.operation != Operation::write || asked == 0;
    request.data = request.data.first(0);
    return fits ? IoError::none : IoError::no_space;
  }
  progress.end = std::min(asked, disk.size - request.offset);
  if (request.data.size() > progress.end) request.data = request.data.first(progress.end);
  progress.first_block = request.offset / disk.block_size;
  progress.end_block = (request.offset + progress.end + disk.block_size - 1) / disk.block_size;
  return IoError::none;
}

/// Decides what the next master is, unless one is under way. False: it needs an edge block, and
/// there is none now.
bool HeadCore::plan_master(Request& request) noexcept {
  Request::Progress& progress = request.progress;
  if (progress.step == 0) {
    if (progress.position == 0) progress.resets = resets_.load();
    progress.new_budget();
    progress.same_path = 0;
    if (request.operation == Operation::flush) {
      progress.step = 1;
      return true;
    }
    const std::uint32_t block = identity().block_size;
    const std::uint64_t at = request.offset + progress.position;
    const std::uint64_t left = progress.end - progress.position;
    const auto into = static_cast<std::uint32_t>(at % block);
    progress.using_edge = !request.seeks() && (into != 0 || left < block);
    progress.filling_edge = progress.using_edge && request.changes_blocks();
    if (request.seeks()) {
      progress.step = 1;
    } else if (progress.using_edge) {
      progress.step = static_cast<std::uint32_t>(std::min<std::uint64_t>(left, block - into));
    } else if (request.zeroes()) {
      plan_zeros(request, at / block, left / block);
    } else {
      progress.step = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(left / block * block, most_blocks() * block));
    }
  }
  if (needs_edge(request) && progress.edge == nullptr) progress.edge = edges_.take();
  return !needs_edge(request) || progress.edge != nullptr;
}

void HeadCore::plan_zeros(Request& request, std::uint64_t lba, std::uint64_t blocks) noexcept {
  Request::Progress& progress = request.progress;
  const std::uint32_t block = identity().block_size;
  const std::uint64_t most = std::min(most_blocks(), Zeroing::most_zeros / block);
  if (progress.position < progress.write_until) {
    progress.zero_by = ZeroBy::write;
    blocks = std::min(blocks, (progress.write_until - progress.position) / block);
  } else {
    progress.zero_by = zeroing_.plan(request.operation == Operation::discard, lba, blocks, block);
  }
  if (progress.zero_by == ZeroBy::write) blocks = std::min(blocks, most);
  progress.step = static_cast<std::uint32_t>(blocks * block);
}

/// That one command may move.
std::uint32_t HeadCore::most_blocks() const noexcept {
  return max_transfer_.load(std::memory_order_relaxed) / identity().block_size;
}

/// To what the paths take now, where it moves whole blocks.
void HeadCore::cut_master(Request& request) const noexcept {
  Request::Progress& progress = request.progress;
  if (flushes(request) || request.seeks() || progress.using_edge) return;
  if (request.zeroes() && progress.zero_by != ZeroBy::write) return;
  progress.step = std::min(progress.step, most_blocks() * identity().block_size);
}

/// The current master is a flush.
bool HeadCore::flushes(const Request& request) noexcept {
  return request.operation == Operation::flush || request.progress.syncing;
}

/// For a block that is changed in part, for UNMAP's list, or for an answer about blocks.
bool HeadCore::needs_edge(const Request& request) noexcept {
  const Request::Progress& progress = request.progress;
  return progress.using_edge || request.seeks() ||
         (request.zeroes() &&
          (progress.zero_by == ZeroBy::unmap || progress.zero_by == ZeroBy::verify));
}

void HeadCore::build_command(const Request& request, Command& command) const noexcept {
  const Request::Progress& progress = request.progress;
  command.purpose = Purpose::io;
  command.result.os_error = 0;
  command.result.status = command.result.host = command.result.driver = 0;
  command.result.sense_length = 0;
  command.result.residual = 0;
  if (flushes(request)) {
    command.cdb = scsi::synchronize_cache();
    command.direction = Direction::none;
    command.data = {};
    return;
  }
  const std::uint32_t block = identity().block_size;
  const std::uint64_t lba = (request.offset + progress.position) / block;
  if (request.seeks()) return ask_status(request, lba, command);
  if (request.zeroes() && !progress.using_edge) return build_zeroing(request, lba, command);
  command.data = progress.using_edge ? Bytes(progress.edge->bytes, block)
                                     : request.data.subspan(progress.position, progress.step);
  const auto blocks = static_cast<std::uint32_t>(command.data.size() / block);
  const bool reads = request.operation == Operation::read || progress.filling_edge;
  command.cdb = reads ? scsi::read(lba, blocks) : scsi::write(lba, blocks, progress.forced);
  command.direction = reads ? Direction::from_device : Direction::to_device;
}

void HeadCore::build_zeroing(const Request& request, std::uint64_t lba,
                             Command& command) const noexcept {
  const Request::Progress& progress = request.progress;
  const std::uint32_t block = identity().block_size;
  const std::uint32_t blocks = progress.step / block;
  command.direction = Direction::to_device;
  switch (progress.zero_by) {
    case ZeroBy::write_same_unmap:
    case ZeroBy::write_same:
      command.cdb = scsi::write_same(lba, blocks, progress.zero_by == ZeroBy::write_same_unmap);
      command.data = Zeroing::zeros(block);
      return;
    case ZeroBy::unmap:
      command.cdb = scsi::unmap();
      command.data = Bytes(progress.edge->bytes, scsi::unmap_list_size);
      scsi::put_unmap_list(command.data, lba, blocks);
      return;
    case ZeroBy::verify:
      return ask_status(request, lba, command);
    case ZeroBy::write:
      command.cdb = scsi::write(lba, blocks, false);
      command.data = Zeroing::zeros(progress.step);
      return;
  }
}

/// What is not answered is read as nothing told.
void HeadCore::ask_status(const Request& request, std::uint64_t lba,
                          Command& command) const noexcept {
  command.data = Bytes(request.progress.edge->bytes, EdgeBlock::size);
  std::ranges::fill(command.data, std::uint8_t{0});
  command.cdb = scsi::get_lba_status(lba, EdgeBlock::size);
  command.direction = Direction::from_device;
}

/// The current master has succeeded. True: so has the request.
bool HeadCore::master_done(Request& request) noexcept {
  Request::Progress& progress = request.progress;
  if (flushes(request)) return true;
  if (request.seeks()) return seek_on(request);
  if (progress.using_edge) {
    const std::uint64_t at = request.offset + progress.position;
    std::uint8_t* const in_edge = progress.edge->bytes + at % identity().block_size;
    if (progress.filling_edge) {
      // The block is whole now; the same step goes on as a write of it, with budgets of its own.
      if (request.zeroes()) {
        std::memset(in_edge, 0, progress.step);
      } else {
        std::memcpy(in_edge, request.data.data() + progress.position, progress.step);
      }
      progress.filling_edge = false;
      progress.new_budget();
      return false;
    }
    if (request.operation == Operation::read) {
      std::memcpy(request.data.data() + progress.position, in_edge, progress.step);
    }
  } else if (request.zeroes() && progress.zero_by == ZeroBy::unmap) {
    progress.zero_by = ZeroBy::verify;
    progress.new_budget();
    return false;
  } else if (request.zeroes() && progress.zero_by == ZeroBy::verify && !is_hole(request)) {
    progress.write_until = progress.position + progress.step;
    progress.step = 0;
    return false;
  }
  progress.position += progress.step;
  progress.step = 0;
  if (progress.position != progress.end) return false;
  if (!request.fua || progress.forced) return true;
  progress.syncing = true;
  progress.using_edge = false;
  progress.step = 1;
  progress.flush_covers = write_cache_.begin_flush();
  progress.new_budget();
  return false;
}

/// Whether the answer says of all blocks of the step that they have no space.
bool HeadCore::is_hole(const Request& request) const noexcept {
  const Request::Progress& progress = request.progress;
  const std::uint32_t block = identity().block_size;
  std::uint64_t next = (request.offset + progress.position) / block;
  const std::uint64_t end = next + progress.step / block;
  scsi::LbaStatusReader answer(ConstBytes(progress.edge->bytes, EdgeBlock::size));
  while (next < end) {
    const auto extent = answer.next();
    if (!extent) return false;
    if (extent->lba > next || extent->end() <= next || extent->mapped) return false;
    next = extent->end();
  }
  return true;
}

/// Through the extents of an answer; true when the place was found.
bool HeadCore::seek_on(Request& request) noexcept {
  Request::Progress& progress = request.progress;
  const std::uint64_t block = identity().block_size;
  const bool wants_data = request.operation == Operation::seek_data;
  progress.step = 0;
  scsi::LbaStatusReader answer(ConstBytes(progress.edge->bytes, EdgeBlock::size));
  bool told = false;
  while (progress.position < progress.end) {
    const std::uint64_t at = request.offset + progress.position;
    const auto extent = answer.next();
    const bool covers = extent && extent->lba <= at / block && extent->end() > at / block;
    // Where nothing is told there may be data.
    if (!covers && told) return false;
    if (!covers || extent->mapped == wants_data) {
      if (covers || wants_data) {
        request.found = at;
        return true;
      }
      break;
    }
    told = true;
    const std::uint64_t next = std::min(extent->end(), (request.offset + progress.end) / block);
    progress.position = std::min(next * block - request.offset, progress.end);
  }
  request.found = wants_data ? Request::not_found : request.offset + progress.end;
  return true;
}

/// The disk does not know the command: the request goes on without it. False: it is no such answer.
bool HeadCore::do_without(Request& request, IoError refusal) noexcept {
  Request::Progress& progress = request.progress;
  if (refusal != IoError::not_supported && refusal != IoError::target) return false;
  if (request.seeks()) {
    zeroing_.does_not_tell_holes();
    return true;
  }
  if (progress.forced && !progress.filling_edge) {
    // It said of itself that it knows FUA, or another disk had come behind the path and said it.
    forces_writes_.store(false, std::memory_order_relaxed);
    progress.forced = false;
    start_over(progress);
    return true;
  }
  if (!request.zeroes() || progress.using_edge || progress.zero_by == ZeroBy::write) return false;
  zeroing_.refused(progress.zero_by);
  if (progress.zero_by == ZeroBy::verify) {
    progress.write_until = progress.position + progress.step;
  }
  progress.step = 0;
  return true;
}

/// From its first block: what has been written of it was not forced, or may be lost.
void HeadCore::start_over(Request::Progress& progress) noexcept {
  progress.syncing = progress.using_edge = false;
  progress.position = progress.step = 0;
}

/// All is data, as far as is known.
void HeadCore::answer_seek_alone(Request& request) noexcept {
  const bool wants_data = request.operation == Operation::seek_data;
  const bool inside = request.progress.end != 0;
  request.found = !inside      ? Request::not_found
                  : wants_data ? request.offset + request.progress.position
                               : request.offset + request.progress.end;
}

}  // namespace scsimpath
