// SPDX-License-Identifier: LGPL-2.1-or-later
// One way to the array, and all that can be wrong with it.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "disk.h"
#include "schedule.h"
#include "scripted_transport.h"
#include "scsimpath/transport.h"
#include "sim_runtime.h"

namespace scsimpath {
struct Request;
}

namespace scsimpath::sim {

class Oracle;
class SimPath;

/// A command that is with the array.
struct Attempt {
  struct Due : Timer {
    Due(Attempt& owner, Function function) noexcept : Timer(function), attempt(owner) {}
    Attempt& attempt;
  };
  explicit Attempt(SimPath& owner) noexcept;

  SimPath& path;
  Command* command = nullptr;        ///< null: it is over
  std::uint64_t number = 0;          ///< of all that this object has been
  const Request* request = nullptr;  ///< of a command for a user
  Instant sent_at{};
  std::uint64_t first = 0;  ///< the blocks that it changes: [first, end)
  std::uint64_t end = 0;
  std::optional<test::Answer> told;  ///< how it ends, when that is decided
  bool executed = false;
  bool held = false;
  bool aborted = false;
  unsigned knows = 0;  ///< the changes of the disk that had been told when it was sent
  bool tells_change = false;
  bool injected = false;  ///< its answer is
  Due execution;
  Due reply;

  [[nodiscard]] bool changes_blocks() const noexcept { return first != end; }
};

class SimPath {
 public:
  SimPath(std::string name, const PathPlan& plan, SimRuntime& runtime, Disk& disk, Oracle& oracle,
          Random& random);
  SimPath(const SimPath&) = delete;
  SimPath& operator=(const SimPath&) = delete;

  [[nodiscard]] std::unique_ptr<Transport> make_transport();
  [[nodiscard]] const std::string& name() const noexcept { return info_.name; }
  [[nodiscard]] std::uint16_t group() const noexcept { return group_; }

  // What the fabric does.
  void set_link(bool up);
  void hang() {
    hangs_ = true;
    spoil();
  }
  void release(unsigned percent_executed);
  void set_slow(Duration most) {
    slow_ = most;
    spoil();
  }
  void inject(std::uint64_t row, std::uint64_t count, Answering answering);
  /// The disk itself, another one, or none. Each command that was sent before the change has been
  /// told is refused with REPORTED LUNS DATA HAS CHANGED; afterwards it is for the program to know.
  enum class Behind : std::uint8_t { own, other, none };
  void set_behind(Behind behind);
  /// Whether it may be used at all: it is a path of the head, and the administrator leaves it one.
  void set_in_use(bool used) {
    in_use_ = used;
    spoil();
  }
  /// Commands of an earlier process may be with it.
  void set_carries_writes(bool carries) {
    carries_writes_ = carries;
    spoil();
  }
  [[nodiscard]] bool carries_writes() const noexcept { return carries_writes_; }
  void tell_size(std::uint64_t blocks) { told_blocks_ = blocks; }
  /// Unless it is pending already.
  void attention(std::uint8_t asc, std::uint8_t ascq);
  /// As good as new.
  void heal();
  /// Nothing is wrong with it now.
  [[nodiscard]] bool is_sound() const noexcept;
  /// But for its port group, which the disk can be asked for.
  [[nodiscard]] bool is_askable() const noexcept;
  /// It has said of itself, then or later, what the others do not say of it.
  [[nodiscard]] bool has_lied(Instant since) const noexcept {
    return !injections_.empty() || lied_until_ >= since;
  }
  /// Since when nothing has been, while nothing is.
  [[nodiscard]] Instant sound_since() const noexcept { return sound_since_; }
  /// When it had been for so long that it carried I/O, `Instant{}`: never.
  [[nodiscard]] Instant carried_until() const noexcept;
  /// Something has changed, or was wrong just now.
  void spoil() noexcept;

  [[nodiscard]] bool destroyed() const noexcept { return destroyed_; }
  [[nodiscard]] const std::vector<Attempt*>& attempts() const noexcept { return alive_; }

 private:
  [[nodiscard]] bool works_in(bool (*fits)(AccessState)) const noexcept;
  friend class SimTransport;
  friend struct Attempt;
  struct Injection {
    std::uint64_t row;
    std::uint64_t count;
    Answering answering;
  };

  void submit(Command& command) noexcept;
  void abort(Command& command) noexcept;
  [[nodiscard]] std::optional<test::Answer> injected(const Attempt& attempt);
  void execute(Attempt& attempt) noexcept;
  void execute_on_disk(Attempt& attempt, const test::Answer& told) noexcept;
  void finish(Attempt& attempt) noexcept;
  Attempt& take(Command& command);
  /// Others run; false when the attempt was over after that.
  [[nodiscard]] bool outlives_a_yield(const Attempt& attempt);

  SimRuntime& runtime_;
  Disk& disk_;
  Oracle& oracle_;
  Random& random_;
  const PathPlan plan_;
  const std::uint16_t group_;
  TransportInfo info_;

  bool in_use_ = false;
  bool carries_writes_ = true;
  bool up_ = true;
  bool hangs_ = false;
  Duration slow_{};
  Behind behind_ = Behind::own;
  unsigned changes_ = 0;  ///< of what is behind the path
  unsigned told_changes_ = 0;
  std::optional<std::uint64_t> told_blocks_;
  std::deque<test::Answer> attentions_;
  std::vector<Injection> injections_;
  bool sound_ = true;
  Instant sound_since_{};
  Instant carried_until_{};
  Instant lied_until_ = Instant::min();  ///< when the last injected answer was given

  std::vector<std::unique_ptr<Attempt>> attempts_;
  std::vector<Attempt*> idle_;
  std::vector<Attempt*> alive_;
  bool destroyed_ = true;
};

}  // namespace scsimpath::sim
