// SPDX-License-Identifier: LGPL-2.1-or-later
// One look at a path: does it work, whose disk is behind it, in which ALUA state.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "identity.h"
#include "mutex.h"
#include "outcome.h"
#include "scsimpath/reason.h"
#include "scsimpath/runtime.h"
#include "scsimpath/transport.h"

namespace scsimpath {

/// Sends its commands one after the other, each from a worker, never two at once. At the timeout it
/// aborts the command in flight and ends when the transport returns it, which may be much later:
/// `late` tells that it did not come back inside that call.
class Examination {
 public:
  /// - quick: TEST UNIT READY, capacity, used space, port groups: of a path that carries I/O
  /// - full: identity and limits as well: before a path carries I/O (again)
  enum class Scope : std::uint8_t { quick, full };

  struct Result {
    Scope scope = Scope::full;
    /// `down`, `disconnected`: `facts` mean nothing. `ghost`, `pending`: no capacity may be known
    /// (`facts.blocks` is 0).
    scsi::CheckResult verdict = scsi::CheckResult::down;
    Reason reason;  ///< of the verdict; `up` has no words
    PathFacts facts;
    /// What TEST UNIT READY's sense data told of the access state.
    AccessState access_state = AccessState::unknown;
    /// How the target has answered a request for the port group, empty: it was not sent.
    std::optional<Reason> activation;
    bool reset_seen = false;            ///< a command met a unit attention of power on or reset
    bool power_on = false;              ///< such that a loss of power would tell
    std::optional<Reason> lost_writes;  ///< a command was told so by a deferred error
  };

  using Done = void (*)(Examination&) noexcept;
  using Late = void (*)(Examination&) noexcept;
  using Suspect = void (*)(Examination&) noexcept;
  using Consent = bool (*)(Examination&) noexcept;

  /// `done` is called on a worker, with no lock held; the examination may be started again in it or
  /// destroyed after it. `late` is called at most once before it, on the thread that aborts, with
  /// no lock held; `done` waits for it. `suspect` (may be null) is called on the thread of an
  /// answer that may mean another disk, before anybody else can have seen one: a quick examination
  /// begins again as a full one then, a full one asks again who it is. `consent` (may be null) is
  /// called on a worker at the end of a look that has found the path's port group in standby or
  /// unavailable, at a target that takes requests about that: where it says so the target is asked,
  /// once, to make the group active/optimized, and the look begins again.
  Examination(Runtime& runtime, Transport& transport, Done done, Late late,
              Suspect suspect = nullptr, Consent consent = nullptr) noexcept;
  Examination(const Examination&) = delete;
  Examination& operator=(const Examination&) = delete;

  /// Only while none is under way. `has_alua` tells a quick one whether to ask for port groups.
  void start(Scope scope, Duration timeout, bool has_alua) noexcept;
  /// Ends it soon: the command in flight is aborted. Any thread.
  void abort() noexcept;

  [[nodiscard]] const Result& result() const noexcept { return result_; }

 private:
  enum class Step : std::uint8_t {
    ready,
    inquiry,
    identification,
    serial,
    capacity,
    capacity_10,
    limits,
    provisioning,
    usage,
    protection,
    groups,
    activation,
    end,
  };
  struct Turn : Task {
    explicit Turn(Examination& examination) noexcept;
    Examination& owner;
  };
  struct Deadline : Timer {
    explicit Deadline(Examination& examination) noexcept;
    Examination& owner;
  };
  struct OwnCommand : Command {
    Examination* owner = nullptr;
  };

  static constexpr std::uint8_t max_repeats = 5;

  void run() noexcept;
  void send() noexcept;
  void answered() noexcept;
  void prepare();
  [[nodiscard]] Step evaluate();
  [[nodiscard]] Step after_ready(const scsi::Outcome& outcome);
  [[nodiscard]] Step refused(const scsi::Outcome& outcome);
  [[nodiscard]] Step parse();
  [[nodiscard]] Step parse_groups(ConstBytes data);
  [[nodiscard]] bool can_be_activated() const noexcept;
  [[nodiscard]] Step activated();
  [[nodiscard]] Step next(Step step) const noexcept;
  [[nodiscard]] Step give_up(Reason reason);
  [[nodiscard]] ConstBytes received() const noexcept;

  Runtime& runtime_;
  Transport& transport_;
  const Done done_;
  const Late late_;
  const Suspect suspect_;
  const Consent consent_;
  Turn turn_;
  Deadline deadline_;

  // One thread at a time: whoever carries the examination.
  Result result_;
  Step step_ = Step::ready;
  std::uint8_t repeats_ = 0;
  bool answer_due_ = false;  ///< the next turn reads an answer
  bool extended_groups_ = true;
  bool tells_usage_ = true;  ///< until it has refused to
  std::vector<std::uint8_t> buffer_;
  OwnCommand command_;

  Mutex mutex_;
  bool with_transport_ GUARDED_BY(mutex_) = false;
  bool aborting_ GUARDED_BY(mutex_) = false;  ///< somebody is inside Transport::abort
  bool out_of_time_ GUARDED_BY(mutex_) = false;
  bool done_waits_ GUARDED_BY(mutex_) = false;  ///< done, but the abort has not returned
  bool told_late_ GUARDED_BY(mutex_) = false;
};

}  // namespace scsimpath
