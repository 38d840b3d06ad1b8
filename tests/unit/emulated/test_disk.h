// SPDX-License-Identifier: LGPL-2.1-or-later
// An emulated disk in a folder of its own, in virtual time, and raw commands to its ports.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cdb.h"
#include "opcode.h"
#include "open_disk.h"
#include "scsimpath/command.h"
#include "sense.h"
#include "temporary_folder.h"
#include "virtual_runtime.h"

namespace scsimpath::test {

/// A command that counts its completions.
struct Sent : Command {
  explicit Sent(const Cdb& block, Direction way = Direction::none, Bytes buffer = {},
                Purpose why = Purpose::io) {
    cdb = block;
    direction = way;
    purpose = why;
    data = buffer;
    done = [](Command& command) noexcept { ++static_cast<Sent&>(command).completions; };
    // What an earlier life of the object left behind must not show.
    result.host = 0xee;
    result.status = 0xee;
    transport.word = ~std::uint64_t{0};
  }
  unsigned completions = 0;
};

/// A CDB of the bytes given.
inline Cdb raw_cdb(std::initializer_list<std::uint8_t> bytes) {
  Cdb cdb;
  for (const std::uint8_t byte : bytes) cdb.bytes.at(cdb.length++) = byte;
  return cdb;
}

inline std::string sense_text(const CommandResult& result) {
  const scsi::Sense sense = scsi::decode_sense(result.sense_bytes());
  char text[16];
  std::snprintf(text, sizeof text, "%x/%02x/%02x", sense.key, sense.asc, sense.ascq);
  return text;
}

class TestDisk {
 public:
  static constexpr std::uint64_t default_size = 1U << 20;

  explicit TestDisk(emulated::DiskSettings settings = {}) {
    if (settings.image.empty()) settings.image = (folder.path() / "disk.img").string();
    if (!settings.size) settings.size = default_size;
    auto opened = emulated::open_disk(settings, runtime.runtime());
    BOOST_REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().message));
    disk = std::move(*opened);
    image = settings.image;
  }

  [[nodiscard]] Transport& port(unsigned number) { return *disk.paths.at(number); }

  /// Takes the unit attention of every nexus.
  TestDisk& settle() {
    for (auto& path : disk.paths) {
      Sent command(scsi::test_unit_ready());
      path->submit(command);
    }
    return *this;
  }

  /// A command that must have ended when submit returns.
  CommandResult run(unsigned number, const Cdb& cdb, Direction way = Direction::none,
                    Bytes data = {}, Purpose purpose = Purpose::io) {
    Sent command(cdb, way, data, purpose);
    port(number).submit(command);
    BOOST_REQUIRE(command.completions == 1U);
    return command.result;
  }
  CommandResult read(unsigned number, std::uint64_t lba, std::uint32_t blocks, Bytes to) {
    return run(number, scsi::read(lba, blocks), Direction::from_device, to);
  }
  CommandResult write(unsigned number, std::uint64_t lba, std::uint32_t blocks, Bytes from,
                      bool fua = false) {
    return run(number, scsi::write(lba, blocks, fua), Direction::to_device, from);
  }
  CommandResult ready(unsigned number) { return run(number, scsi::test_unit_ready()); }

  /// What the unit answers when nothing is wrong.
  std::vector<std::uint8_t> ask(unsigned number, const Cdb& cdb, std::size_t space = 2048) {
    std::vector<std::uint8_t> answer(space);
    const CommandResult result = run(number, cdb, Direction::from_device, answer);
    BOOST_TEST(result.status == 0);
    BOOST_TEST(result.host == 0);
    answer.resize(space - static_cast<std::size_t>(result.residual));
    return answer;
  }
  /// The sense that a command without data, or with a buffer of `space`, ends with.
  std::string refusal(unsigned number, const Cdb& cdb, Direction way = Direction::none,
                      std::size_t space = 0) {
    std::vector<std::uint8_t> data(space);
    const CommandResult result = run(number, cdb, way, data);
    BOOST_TEST(result.status == 2);
    BOOST_TEST(result.residual == static_cast<std::int32_t>(space));
    return sense_text(result);
  }

  Result<void> fault(unsigned number, std::string_view specification) {
    return port(number).faults()->set_fault(specification);
  }
  void set_fault(unsigned number, std::string_view specification) {
    const auto done = fault(number, specification);
    BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().message));
  }

  TemporaryFolder folder;
  VirtualRuntime runtime;
  emulated::OpenDisk disk;
  std::string image;
};

inline std::vector<std::uint8_t> filled(std::size_t size, std::uint8_t value) {
  return std::vector<std::uint8_t>(size, value);
}

}  // namespace scsimpath::test
