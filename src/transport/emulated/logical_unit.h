// SPDX-License-Identifier: LGPL-2.1-or-later
// The logical unit of an emulated disk: executes commands that come in through one of its ports.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "fault.h"
#include "identity.h"
#include "media.h"
#include "scsimpath/command.h"
#include "scsimpath/path.h"
#include "wire.h"

namespace scsimpath::emulated {

/// Every method: any thread. The image is read and written in the caller's thread, at the caller's
/// buffer; there is no lock: commands in flight together are executed in any order, as SAM has it
/// for simple task attributes.
class LogicalUnit {
 public:
  using Properties = MediaProperties;
  /// Bytes one READ or WRITE may move, and those it best moves.
  static constexpr std::uint32_t max_transfer = 4U << 20;
  static constexpr std::uint32_t optimal_transfer = 1U << 20;
  /// Bytes of one WRITE SAME and of one UNMAP.
  static constexpr std::uint32_t max_write_same = 64U << 20;
  static constexpr std::uint32_t max_unmap = 1U << 30;
  static constexpr std::uint32_t max_unmap_descriptors = 256;
  /// The used space is told in units of 2^this blocks.
  static constexpr std::uint8_t threshold_exponent = 3;

  LogicalUnit(Image image, Identity identity, const Properties& properties, unsigned ports);

  /// Fills in the result; calls nobody. At most `window` bytes of data are moved.
  void execute(unsigned port, Command& command, std::size_t window) noexcept;

  /// The port's group takes this state, and every nexus hears of it.
  void set_access_state(unsigned port, AccessState state) noexcept;

  /// The power fails and comes back: every nexus hears of it.
  void lose_power() noexcept;

 private:
  /// What one initiator knows through one port, which is a target port group of its own.
  struct Nexus {
    std::atomic<std::uint32_t> attentions{0};
    std::atomic<AccessState> access{AccessState::optimized};
  };

  /// How a command ended, before it becomes a status.
  struct Answer {
    std::size_t moved = 0;
    SenseCode sense{};
    std::optional<std::uint64_t> information{};  ///< the block that failed
    bool overrun = false;  ///< the CDB asks for more data than the buffer holds

    [[nodiscard]] bool refuses() const noexcept { return overrun || sense.key != 0; }
  };

  [[nodiscard]] Answer answer(Nexus& nexus, const Command& command, Bytes window) const noexcept;
  [[nodiscard]] static SenseCode take_attention(Nexus& nexus) noexcept;

  // What the blocks hold: media_commands.cpp.
  [[nodiscard]] Answer check_transfer(const Command& command) const noexcept;
  [[nodiscard]] Answer read(const Command& command, Bytes window) const noexcept;
  [[nodiscard]] Answer write(const Command& command, ConstBytes window) const noexcept;
  [[nodiscard]] Answer synchronize_cache(const Command& command) const noexcept;
  [[nodiscard]] Answer write_same(const Command& command, ConstBytes window) const noexcept;
  [[nodiscard]] Answer unmap(const Command& command, ConstBytes window) const noexcept;
  [[nodiscard]] Answer get_lba_status(const Command& command, Bytes window) const noexcept;

  // Who the unit is: inquiry.cpp.
  [[nodiscard]] Answer inquiry(const Command& command, unsigned port, Bytes window) const noexcept;
  void standard_inquiry(ParameterData& data) const noexcept;
  void supported_pages(ParameterData& data) const noexcept;
  void device_identification(ParameterData& data, unsigned port) const noexcept;
  void block_limits(ParameterData& data) const noexcept;
  void provisioning(ParameterData& data) const noexcept;

  // What state it is in: reports.cpp.
  [[nodiscard]] static Answer request_sense(Nexus& nexus, const Command& command,
                                            Bytes window) noexcept;
  [[nodiscard]] static Answer report_luns(const Command& command, Bytes window) noexcept;
  [[nodiscard]] Answer read_capacity_10(Bytes window) const noexcept;
  [[nodiscard]] Answer service_action_in(const Command& command, Bytes window) const noexcept;
  [[nodiscard]] Answer maintenance_in(const Command& command, Bytes window) const noexcept;
  [[nodiscard]] Answer log_sense(const Command& command, Bytes window) const noexcept;
  [[nodiscard]] Answer mode_sense(const Command& command, Bytes window) const noexcept;

  /// As much of it as the allocation length and the window let through.
  [[nodiscard]] static Answer send(const ParameterData& data, std::uint64_t allocation,
                                   Bytes window) noexcept;

  const Media media_;
  const Identity identity_;
  const Properties properties_;
  const std::uint64_t blocks_;
  std::vector<Nexus> nexuses_;
};

}  // namespace scsimpath::emulated
