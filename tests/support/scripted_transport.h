// SPDX-License-Identifier: LGPL-2.1-or-later
// A logical unit in memory whose every answer a test can dictate.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scsimpath/path.h"
#include "scsimpath/runtime.h"
#include "scsimpath/transport.h"

namespace scsimpath::test {

/// How a command ends.
struct Answer {
  std::uint8_t status = 0;
  std::uint8_t host = 0;
  int os_error = 0;
  bool has_sense = false;
  std::uint8_t key = 0;
  std::uint8_t asc = 0;
  std::uint8_t ascq = 0;
  bool deferred = false;  ///< sense format 71 instead of 70
  std::int32_t residual = 0;
  /// Whether the device did what the command says. A short or failed one may have.
  bool executed = true;

  [[nodiscard]] bool is_good() const noexcept {
    return status == 0 && host == 0 && os_error == 0 && !has_sense;
  }

  [[nodiscard]] static Answer good() { return {}; }
  [[nodiscard]] static Answer sense(std::uint8_t key, std::uint8_t asc, std::uint8_t ascq = 0);
  [[nodiscard]] static Answer host_byte(std::uint8_t host);
  [[nodiscard]] static Answer status_byte(std::uint8_t status);
  [[nodiscard]] static Answer errno_value(int number);
  /// Good status, but with a residual; nothing past the part that moved is touched.
  [[nodiscard]] static Answer residual_of(std::int32_t bytes);
};

struct ScriptedIdentity {
  /// Hexadecimal digits of an NAA identifier (16 or 32); empty: the unit has none.
  std::string naa = "60000000000000000000000000000001";
  /// A T10 vendor id designator, the weak kind; empty: none.
  std::string t10;
  std::string vendor = "SCRIPTED";
  std::string product = "memory disk";
  std::string serial = "0001";
  std::uint32_t block_size = 512;
  std::uint64_t blocks = 2048;
  std::uint32_t max_transfer_blocks = 0;  ///< VPD B0, 0: no limit told
};

/// The logical unit: what all its paths see.
struct ScriptedDisk {
  explicit ScriptedDisk(ScriptedIdentity identity = {});

  /// Grows or shrinks it; what stays keeps its data.
  void resize(std::uint64_t blocks);

  ScriptedIdentity identity;
  std::vector<std::uint8_t> data;
  bool write_protected = false;
  bool write_cache = true;    ///< WCE
  bool forces_writes = true;  ///< DPOFUA; else FUA is refused
  bool alua = true;  ///< INQUIRY tells of implicit ALUA and REPORT TARGET PORT GROUPS works
  bool explicit_alua = false;  ///< of explicit, too
  bool moves_groups = true;    ///< and SET TARGET PORT GROUPS works then
  /// By target port group; a group that no path was made for may be added.
  std::map<std::uint16_t, AccessState> access;
  bool extended_report = true;  ///< knows the parameter data format with a header
  bool preferred = false;       ///< PREF set in every group's state byte
  std::uint8_t transition_time = 0;

  /// Thin provisioning: what it says it can, and what it does know.
  struct Thin {
    bool told = false;         ///< LBPME
    bool reads_zeros = false;  ///< LBPRZ; without it blocks without space read as 0xa5
    bool unmap = false;
    bool write_same_unmaps = false;
    bool write_same = true;  ///< knows WRITE SAME(16) at all
    bool status = true;      ///< knows GET LBA STATUS
    bool ignores = false;    ///< UNMAP does nothing
    std::uint32_t granularity = 8;
    std::uint32_t max_unmap = 1024;
    std::uint64_t max_write_same = 0;
  } thin;
  std::vector<bool> unmapped;  ///< by block; those beyond its end have space
  [[nodiscard]] bool is_unmapped(std::uint64_t lba) const {
    return lba < unmapped.size() && unmapped[lba];
  }
  void set_unmapped(std::uint64_t lba, std::uint64_t blocks, bool value);
};

/// One command that a path saw.
struct Seen {
  std::uint8_t opcode = 0;
  Purpose purpose = Purpose::io;
  std::uint64_t lba = 0;
  std::uint32_t blocks = 0;
  bool fua = false;
  Duration timeout{};
  Instant when{};

  [[nodiscard]] bool is_read() const noexcept { return opcode == 0x28 || opcode == 0x88; }
  [[nodiscard]] bool is_write() const noexcept { return opcode == 0x2a || opcode == 0x8a; }
  [[nodiscard]] bool is_flush() const noexcept { return opcode == 0x35 || opcode == 0x91; }
  [[nodiscard]] bool is_write_same() const noexcept { return opcode == 0x93; }
  [[nodiscard]] bool is_unmap() const noexcept { return opcode == 0x42; }
  /// A command for a user, not a look at the path.
  [[nodiscard]] bool is_io() const noexcept {
    return purpose == Purpose::io || is_read() || is_write() || is_flush();
  }
};

/// A path's controls, in the hands of the test; they outlive the transport.
class ScriptedPath {
 public:
  enum class Completion : std::uint8_t { in_submit, in_worker };
  enum class Abort : std::uint8_t { ignored, in_call, in_worker };

  struct Options {
    std::string name;
    std::uint16_t group = 1;
    AccessState access = AccessState::optimized;
    int numa_node = -1;
    std::uint32_t max_transfer = 0;
    std::shared_ptr<PortLoad> port;  ///< made when null
    bool may_block = false;
  };

  ScriptedPath(std::shared_ptr<ScriptedDisk> disk, Options options, Runtime& runtime);
  ScriptedPath(const ScriptedPath&) = delete;
  ScriptedPath& operator=(const ScriptedPath&) = delete;

  /// The transport to hand out, once.
  [[nodiscard]] std::unique_ptr<Transport> make_transport();
  [[nodiscard]] const std::string& name() const noexcept { return info_.name; }
  [[nodiscard]] PortLoad& port() noexcept { return *info_.port; }

  /// Called inside `submit` of every read, write and flush: time that passes there.
  std::function<void()> during_io;

  // How commands end. A script entry is used up by one command.
  /// For the next read, write or flush.
  void script_io(Answer answer) { io_script_.push_back(answer); }
  /// For the next command of any other kind.
  void script_check(Answer answer) { check_script_.push_back(answer); }
  /// For the next command but INQUIRY, REPORT LUNS and REQUEST SENSE; stays queued behind others.
  void unit_attention(std::uint8_t asc, std::uint8_t ascq) {
    attentions_.push_back(Answer::sense(6, asc, ascq));
  }
  std::optional<Answer> every_io;       ///< unless scripted
  std::optional<Answer> every_check;    ///< unless scripted
  std::optional<Answer> every_command;  ///< goes before all others: a dead link
  void go_down() { every_command = Answer::host_byte(0x01); }
  void come_back() { every_command.reset(); }
  /// What is behind the path now; null: LOGICAL UNIT NOT SUPPORTED.
  std::shared_ptr<ScriptedDisk> disk;
  /// What this path tells of the capacity, instead of the disk's.
  std::optional<std::uint64_t> told_blocks;

  // When they end.
  Completion completion = Completion::in_submit;
  bool hold_io = false;
  bool hold_checks = false;
  Abort abort_does = Abort::in_call;
  /// Commands that are held, the oldest first.
  [[nodiscard]] std::size_t held() const noexcept { return held_.size(); }
  [[nodiscard]] Seen held_command(std::size_t index) const;
  /// Ends a held command, as scripted or as told.
  void complete_held(std::size_t index = 0, std::optional<Answer> answer = {});
  void complete_all_held(std::optional<Answer> answer = {});

  // What was seen.
  bool keep_log = true;
  std::vector<Seen> log;
  std::uint64_t commands = 0;
  std::uint64_t aborts = 0;
  bool destroyed = false;
  [[nodiscard]] std::size_t count_io() const;
  [[nodiscard]] std::size_t count_reads() const;
  [[nodiscard]] std::size_t count_writes() const;
  [[nodiscard]] std::size_t count_flushes() const;
  [[nodiscard]] std::size_t count_opcode(std::uint8_t opcode) const;
  /// Commands with the transport that were not answered, held ones included.
  [[nodiscard]] std::size_t outstanding() const noexcept { return outstanding_; }

 private:
  friend class ScriptedTransport;

  struct Completer : Task {
    explicit Completer(ScriptedPath& owner) noexcept;
    ScriptedPath& path;
  };

  void submit(Command& command) noexcept;
  void abort(Command& command) noexcept;
  void finish(Command& command, std::optional<Answer> answer) noexcept;
  void answer(Command& command, const Answer& answer) const noexcept;
  [[nodiscard]] Answer decide(Command& command) noexcept;
  [[nodiscard]] Seen describe(const Command& command) const noexcept;
  static void complete(Task& task) noexcept;

  Runtime& runtime_;
  TransportInfo info_;
  std::uint16_t group_;
  std::deque<Answer> io_script_;
  std::deque<Answer> check_script_;
  std::deque<Answer> attentions_;
  std::vector<Command*> held_;
  // Linked by their scratch, so that a steady flow allocates nothing.
  Command* ended_first_ = nullptr;
  Command* ended_last_ = nullptr;
  Completer completer_;
  std::size_t outstanding_ = 0;
};

}  // namespace scsimpath::test
