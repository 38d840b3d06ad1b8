// SPDX-License-Identifier: LGPL-2.1-or-later
// A small disk in memory: the commands that a multipath program sends, and honest refusals.
#include "scripted_unit.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>

namespace scsimpath::test {

namespace {

/// A reply under construction; nothing on the heap, so that checks during an I/O test stay free.
class Reply {
 public:
  void byte(std::size_t at, std::uint64_t value) noexcept {
    grow_to(at + 1);
    bytes_[at] = static_cast<std::uint8_t>(value);
  }
  void number(std::size_t at, std::size_t width, std::uint64_t value) noexcept {
    for (std::size_t i = 0; i < width; ++i) byte(at + i, value >> (8 * (width - 1 - i)));
  }
  void text(std::size_t at, std::size_t width, std::string_view value) noexcept {
    for (std::size_t i = 0; i < width; ++i)
      byte(at + i, i < value.size() ? static_cast<std::uint8_t>(value[i]) : std::uint8_t{' '});
  }
  /// What is added is zero.
  void grow_to(std::size_t size) noexcept {
    if (size <= size_) return;
    std::fill_n(bytes_.data() + size_, size - size_, std::uint8_t{0});
    size_ = size;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  void send(Command& command, std::size_t allocated, std::size_t limit) const noexcept {
    const std::size_t count = std::min({size_, allocated, command.data.size(), limit});
    std::copy_n(bytes_.begin(), count, command.data.begin());
    command.result.residual = static_cast<std::int32_t>(command.data.size() - count);
  }

 private:
  std::array<std::uint8_t, 8192> bytes_;
  std::size_t size_ = 0;
};

std::uint64_t field(const Command& command, std::size_t at, std::size_t width) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value = value << 8 | command.cdb.bytes[at + i];
  return value;
}

void refuse(Command& command, std::uint8_t asc) noexcept {
  set_sense(command.result, 5, asc, 0);
}

std::uint8_t hex_digit(char digit) noexcept {
  const char lower = static_cast<char>(digit | 0x20);
  return static_cast<std::uint8_t>(lower >= 'a' ? lower - 'a' + 10 : digit - '0');
}

void inquiry(const UnitView& view, Command& command, std::size_t limit) noexcept {
  const ScriptedIdentity& identity = view.disk.identity;
  const auto page = static_cast<std::uint8_t>(field(command, 2, 1));
  const bool vital = (command.cdb.bytes[1] & 1) != 0;
  const std::size_t allocated = field(command, 3, 2);
  Reply reply;
  if (!vital) {
    if (page != 0) return refuse(command, 0x24);
    reply.byte(2, 0x07);
    reply.byte(3, 0x02);
    reply.byte(4, 31);
    reply.byte(5, (view.disk.alua ? 0x10 : 0) | (view.disk.explicit_alua ? 0x20 : 0));
    reply.byte(7, 0x02);
    reply.text(8, 8, identity.vendor);
    reply.text(16, 16, identity.product);
    reply.text(32, 4, "1.0");
    return reply.send(command, allocated, limit);
  }
  reply.byte(1, page);
  reply.number(2, 2, 0);
  switch (page) {
    case 0x00:
      reply.byte(4, 0x00);
      reply.byte(5, 0x80);
      reply.byte(6, 0x83);
      reply.byte(7, 0xb0);
      break;
    case 0x80:
      reply.text(4, identity.serial.size(), identity.serial);
      break;
    case 0x83: {
      const auto designator = [&](std::uint8_t code_set, std::uint8_t type, std::size_t length) {
        const std::size_t at = reply.size();
        reply.byte(at, code_set);
        reply.byte(at + 1, type);
        reply.byte(at + 3, length);
        return at + 4;
      };
      if (!identity.naa.empty()) {
        const std::size_t at = designator(1, 0x03, identity.naa.size() / 2);
        for (std::size_t i = 0; i < identity.naa.size() / 2; ++i)
          reply.byte(at + i,
                     hex_digit(identity.naa[2 * i]) << 4 | hex_digit(identity.naa[2 * i + 1]));
      }
      if (!identity.t10.empty())
        reply.text(designator(2, 0x01, identity.t10.size()), identity.t10.size(), identity.t10);
      reply.number(designator(1, 0x14, 4), 4, view.group);
      reply.number(designator(1, 0x15, 4), 4, view.group);
      break;
    }
    case 0xb0:
      reply.number(8, 4, identity.max_transfer_blocks);
      if (view.disk.thin.unmap) {
        reply.number(20, 4, view.disk.thin.max_unmap);
        reply.number(24, 4, 1);
        reply.number(28, 4, view.disk.thin.granularity);
      }
      reply.number(36, 8, view.disk.thin.max_write_same);
      reply.grow_to(64);
      break;
    case 0xb2:
      reply.byte(5, (view.disk.thin.unmap ? 0x80 : 0) |
                        (view.disk.thin.write_same_unmaps ? 0x40 : 0) |
                        (view.disk.thin.reads_zeros ? 0x04 : 0));
      reply.byte(6, 0x02);
      reply.grow_to(8);
      break;
    default:
      return refuse(command, 0x24);
  }
  reply.number(2, 2, reply.size() - 4);
  reply.send(command, allocated, limit);
}

void read_capacity(const UnitView& view, Command& command, std::size_t limit) noexcept {
  const std::uint64_t last = view.blocks - 1;
  Reply reply;
  if (command.cdb.bytes[0] == 0x25) {
    reply.number(0, 4, std::min<std::uint64_t>(last, 0xffffffff));
    reply.number(4, 4, view.disk.identity.block_size);
    return reply.send(command, 8, limit);
  }
  if ((command.cdb.bytes[1] & 0x1f) != 0x10) return refuse(command, 0x24);
  reply.number(0, 8, last);
  reply.number(8, 4, view.disk.identity.block_size);
  reply.byte(14, (view.disk.thin.told ? 0x80 : 0) | (view.disk.thin.reads_zeros ? 0x40 : 0));
  reply.grow_to(32);
  reply.send(command, field(command, 10, 4), limit);
}

void mode_sense(const UnitView& view, Command& command, std::size_t limit) noexcept {
  const std::uint8_t page = command.cdb.bytes[2] & 0x3f;
  if (page != 0x08 && page != 0x3f) return refuse(command, 0x24);
  const auto flags = static_cast<std::uint8_t>((view.disk.write_protected ? 0x80 : 0x00) |
                                               (view.disk.forces_writes ? 0x10 : 0x00));
  const bool ten = command.cdb.bytes[0] == 0x5a;
  const std::size_t header = ten ? 8 : 4;
  Reply reply;
  reply.byte(ten ? 3 : 2, flags);
  reply.byte(header, 0x08);
  reply.byte(header + 1, 0x12);
  reply.byte(header + 2, view.disk.write_cache ? 0x04 : 0x00);
  reply.grow_to(header + 20);
  if (ten)
    reply.number(0, 2, reply.size() - 2);
  else
    reply.byte(0, reply.size() - 1);
  reply.send(command, ten ? field(command, 7, 2) : field(command, 4, 1), limit);
}

void report_groups(const UnitView& view, Command& command, std::size_t limit) noexcept {
  if (!view.disk.alua || (command.cdb.bytes[1] & 0x1f) != 0x0a) return refuse(command, 0x20);
  const bool extended = (command.cdb.bytes[1] >> 5) == 1;
  if (extended && !view.disk.extended_report) return refuse(command, 0x24);
  Reply reply;
  std::size_t at = extended ? 8 : 4;
  reply.grow_to(at);
  if (extended) {
    reply.byte(4, 0x10);
    reply.byte(5, view.disk.transition_time);
  }
  for (const auto& [group, state] : view.disk.access) {
    reply.byte(at, static_cast<std::uint8_t>(state) | (view.disk.preferred ? 0x80 : 0));
    reply.byte(at + 1, 0xdf);
    reply.number(at + 2, 2, group);
    reply.byte(at + 7, 1);
    reply.number(at + 10, 2, group);
    at += 12;
  }
  reply.number(0, 4, reply.size() - 4);
  reply.send(command, field(command, 6, 4), limit);
}

/// As a disk does that one group can reach at a time.
void set_groups(const UnitView& view, Command& command) noexcept {
  if (!view.disk.explicit_alua || (command.cdb.bytes[1] & 0x1f) != 0x0a) {
    return refuse(command, 0x20);
  }
  if (command.data.size() < 8 || (command.data[4] & 0x0f) != 0) return refuse(command, 0x26);
  const auto wanted = static_cast<std::uint16_t>(command.data[6] << 8 | command.data[7]);
  const auto found = view.disk.access.find(wanted);
  if (found == view.disk.access.end() || !view.disk.moves_groups) return refuse(command, 0x26);
  for (auto& [group, state] : view.disk.access) {
    if (group == wanted || state == AccessState::optimized || state == AccessState::non_optimized ||
        state == AccessState::lba_dependent) {
      state = group == wanted ? AccessState::optimized : AccessState::standby;
    }
  }
}

/// False, with sense data, when the port's access state takes no I/O.
bool accessible(const UnitView& view, Command& command) noexcept {
  const auto found = view.disk.access.find(view.group);
  if (!view.disk.alua || found == view.disk.access.end()) return true;
  switch (found->second) {
    case AccessState::optimized:
    case AccessState::non_optimized:
    case AccessState::lba_dependent:
    case AccessState::unknown:
      return true;
    case AccessState::standby:
      set_sense(command.result, 2, 0x04, 0x0b);
      return false;
    case AccessState::unavailable:
      set_sense(command.result, 2, 0x04, 0x0c);
      return false;
    case AccessState::offline:
      set_sense(command.result, 2, 0x04, 0x12);
      return false;
    case AccessState::transitioning:
      set_sense(command.result, 2, 0x04, 0x0a);
      return false;
  }
  return true;
}

void lba_status(const UnitView& view, Command& command, std::size_t limit) noexcept {
  if (!accessible(view, command)) return;
  if (!view.disk.thin.status) return refuse(command, 0x20);
  std::uint64_t lba = field(command, 2, 8);
  if (lba >= view.blocks) return refuse(command, 0x21);
  Reply reply;
  std::size_t at = 8;
  reply.grow_to(at);
  // Few extents: whoever wants more asks again.
  for (int i = 0; i < 3 && lba < view.blocks; ++i, at += 16) {
    const bool without = view.disk.is_unmapped(lba);
    std::uint64_t end = lba;
    while (end < view.blocks && view.disk.is_unmapped(end) == without) ++end;
    reply.number(at, 8, lba);
    reply.number(at + 8, 4, end - lba);
    reply.byte(at + 12, without ? 1 : 0);
    reply.grow_to(at + 16);
    lba = end;
  }
  reply.number(0, 4, reply.size() - 4);
  reply.send(command, field(command, 10, 4), limit);
}

void fill(const UnitView& view, std::uint64_t lba, std::uint64_t blocks,
          const std::uint8_t* pattern, std::uint8_t value) noexcept {
  const std::size_t block = view.disk.identity.block_size;
  for (std::uint64_t i = lba; i < lba + blocks; ++i) {
    std::uint8_t* const place = view.disk.data.data() + i * block;
    if (pattern != nullptr) {
      std::copy_n(pattern, block, place);
    } else {
      std::fill_n(place, block, value);
    }
  }
}

void write_same(const UnitView& view, Command& command) noexcept {
  if (!accessible(view, command)) return;
  const bool unmaps = (command.cdb.bytes[1] & 0x08) != 0;
  if (!view.disk.thin.write_same) return refuse(command, 0x20);
  if (unmaps && !view.disk.thin.write_same_unmaps) return refuse(command, 0x24);
  if (view.disk.write_protected) return set_sense(command.result, 7, 0x27, 0);
  const std::uint64_t lba = field(command, 2, 8);
  const std::uint64_t blocks = field(command, 10, 4);
  if (lba + blocks > view.blocks) return refuse(command, 0x21);
  fill(view, lba, blocks, command.data.data(), 0);
  view.disk.set_unmapped(lba, blocks, unmaps);
}

/// One descriptor. Only whole granules lose their space.
void unmap(const UnitView& view, Command& command) noexcept {
  if (!accessible(view, command)) return;
  const ScriptedDisk::Thin& thin = view.disk.thin;
  if (!thin.unmap) return refuse(command, 0x20);
  if (thin.ignores) return;
  const auto number = [&](std::size_t at, std::size_t width) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i) value = value << 8 | command.data[at + i];
    return value;
  };
  const std::uint64_t lba = number(8, 8);
  const std::uint64_t begin = (lba + thin.granularity - 1) / thin.granularity * thin.granularity;
  const std::uint64_t end = (lba + number(16, 4)) / thin.granularity * thin.granularity;
  if (begin >= end) return;
  fill(view, begin, end - begin, nullptr, thin.reads_zeros ? 0 : 0xa5);
  view.disk.set_unmapped(begin, end - begin, true);
}

void read_or_write(const UnitView& view, Command& command, const Seen& seen,
                   std::size_t limit) noexcept {
  if (!accessible(view, command)) return;
  const std::uint64_t block_size = view.disk.identity.block_size;
  if (seen.lba > view.blocks || seen.blocks > view.blocks - seen.lba) return refuse(command, 0x21);
  if (seen.is_write() && view.disk.write_protected) return set_sense(command.result, 7, 0x27, 0);
  if (seen.fua && !view.disk.forces_writes) return refuse(command, 0x24);
  if (seen.blocks * block_size != command.data.size()) return refuse(command, 0x24);
  // The told capacity may be larger than what there is.
  const std::size_t start = std::min<std::size_t>(seen.lba * block_size, view.disk.data.size());
  const std::size_t count = std::min({command.data.size(), limit, view.disk.data.size() - start});
  std::uint8_t* stored = view.disk.data.data() + start;
  if (seen.is_write()) {
    std::copy_n(command.data.data(), count, stored);
    view.disk.set_unmapped(seen.lba, seen.blocks, false);
  } else
    std::copy_n(stored, count, command.data.data());
  command.result.residual = static_cast<std::int32_t>(command.data.size() - count);
}

}  // namespace

void set_sense(CommandResult& result, std::uint8_t key, std::uint8_t asc, std::uint8_t ascq,
               bool deferred) noexcept {
  result.status = 0x02;
  result.sense_length = 18;
  result.sense.fill(0);
  result.sense[0] = deferred ? 0x71 : 0x70;
  result.sense[2] = key;
  result.sense[7] = 10;
  result.sense[12] = asc;
  result.sense[13] = ascq;
}

void answer(const UnitView& view, Command& command, const Answer& told) noexcept {
  command.result = {};
  const auto size = static_cast<std::int32_t>(command.data.size());
  const std::int32_t moved = size - std::clamp(told.residual, 0, size);
  execute(view, command,
          told.residual == 0 ? command.data.size() : static_cast<std::size_t>(moved));
  put_result(command, told);
}

void put_result(Command& command, const Answer& told) noexcept {
  if (told.residual != 0) command.result.residual = told.residual;
  if (told.is_good()) return;
  command.result.status = told.status;
  command.result.host = told.host;
  command.result.os_error = told.os_error;
  if (!told.executed) command.result.residual = static_cast<std::int32_t>(command.data.size());
  command.result.sense_length = 0;
  if (told.has_sense) set_sense(command.result, told.key, told.asc, told.ascq, told.deferred);
}

Seen describe(const Command& command) noexcept {
  Seen seen;
  seen.opcode = command.cdb.bytes[0];
  seen.purpose = command.purpose;
  seen.timeout = command.timeout;
  if (!seen.is_io()) return seen;
  const bool sixteen = seen.opcode >= 0x80;
  seen.lba = field(command, 2, sixteen ? 8 : 4);
  seen.blocks = static_cast<std::uint32_t>(sixteen ? field(command, 10, 4) : field(command, 7, 2));
  seen.fua = !seen.is_flush() && (command.cdb.bytes[1] & 0x08) != 0;
  return seen;
}

void execute(const UnitView& view, Command& command, std::size_t limit) noexcept {
  switch (command.cdb.bytes[0]) {
    case 0x00:
      static_cast<void>(accessible(view, command));
      return;
    case 0x03: {
      Reply reply;
      reply.byte(0, 0x70);
      reply.byte(7, 10);
      reply.grow_to(18);
      return reply.send(command, field(command, 4, 1), limit);
    }
    case 0x12:
      return inquiry(view, command, limit);
    case 0x5a:
      // As LIO does: a port that takes no I/O need not answer this either.
      if (!accessible(view, command)) return;
      [[fallthrough]];
    case 0x1a:
      return mode_sense(view, command, limit);
    case 0x9e:
      if ((command.cdb.bytes[1] & 0x1f) == 0x12) return lba_status(view, command, limit);
      [[fallthrough]];
    case 0x25:
      return read_capacity(view, command, limit);
    case 0x28:
    case 0x2a:
    case 0x88:
    case 0x8a:
      return read_or_write(view, command, describe(command), limit);
    case 0x35:
    case 0x91:
      static_cast<void>(accessible(view, command));
      return;
    case 0x42:
      return unmap(view, command);
    case 0x93:
      return write_same(view, command);
    case 0xa0: {
      Reply reply;
      reply.number(0, 4, 8);
      reply.grow_to(16);
      return reply.send(command, field(command, 6, 4), limit);
    }
    case 0xa3:
      return report_groups(view, command, limit);
    case 0xa4:
      return set_groups(view, command);
    default:
      return refuse(command, 0x20);
  }
}

}  // namespace scsimpath::test
