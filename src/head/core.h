// SPDX-License-Identifier: LGPL-2.1-or-later
// The multipath core of one head. A request comes down and goes up through these files:
// submit.cpp → translate.cpp → path_set.cpp (pick) → Transport → complete.cpp → finish in
// submit.cpp or requeue.cpp; the rest is control.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "activation_pace.h"
#include "clone.h"
#include "examination.h"
#include "head_path.h"
#include "identity.h"
#include "mutex.h"
#include "outcome.h"
#include "path_set.h"
#include "pool.h"
#include "range_lock.h"
#include "rcu.h"
#include "requeue.h"
#include "scsimpath/event.h"
#include "scsimpath/head.h"
#include "scsimpath/head_settings.h"
#include "scsimpath/request.h"
#include "scsimpath/runtime.h"
#include "striped_counter.h"
#include "write_cache.h"
#include "zeroing.h"

namespace scsimpath {

/// Lock order: the registry's lock, this head's `mutex_`, then one of range lock, tracker, checker,
/// pool, requeue or event sink; the first three hand to the requeue and arm timers with theirs
/// held. No lock is held while a command is handed to a transport or a request's `done` is called.
class HeadCore {
 public:
  struct Parts {
    Runtime& runtime;
    EventSink& events;
    std::string name;
    PathFacts facts;  ///< of the path that the head is made for
    HeadSettings settings;
    std::size_t max_clones;
    bool holds_writes = false;  ///< until `let_write`
    /// Called on any thread with no lock held.
    std::function<void(const HeadCore&)> resized;
    /// A head, perhaps this one, `is_abandoned` now. Any thread, also with the head's lock held.
    std::function<void()> abandoned;
  };

  explicit HeadCore(Parts parts);
  ~HeadCore();
  HeadCore(const HeadCore&) = delete;
  HeadCore& operator=(const HeadCore&) = delete;

  // Constant.
  [[nodiscard]] const std::string& name() const noexcept { return parts_.name; }
  [[nodiscard]] const Identity& identity() const noexcept { return parts_.facts.identity; }
  [[nodiscard]] Runtime& runtime() const noexcept { return parts_.runtime; }

  // submit.cpp
  void submit(Request& request) noexcept;
  void cancel(Request& request) noexcept;

  // abandon.cpp; called by the tracker
  void attempt_given_up(Clone& clone) noexcept;
  /// After the transport was asked to abort it: the request goes on without it where that is safe.
  void abandon(Clone& clone) noexcept;

  // complete.cpp
  void release(Clone& clone) noexcept;

  // paths.cpp
  /// EEXIST, ENOTUNIQ or EMEDIUMTYPE when the path is not one of this disk; it is not added then.
  /// With a reason in `distrust` the path carries no writes, see `distrust`. True: the head has
  /// grown; `resized` is not called.
  [[nodiscard]] Result<bool> join(std::unique_ptr<Transport>& transport,
                                  const Examination::Result& first_look, std::string distrust);
  [[nodiscard]] bool has_path(std::string_view path) const;
  /// It has had no path at all for no_path_timeout.
  [[nodiscard]] bool is_abandoned() const;
  /// Blocks are locked by writes that may yet be executed.
  [[nodiscard]] bool has_ghosts() const noexcept { return ghosts_.load() != 0; }
  /// `removed` is called on the control thread once the transport is destroyed.
  [[nodiscard]] bool remove_path(std::string_view path, std::function<void()> removed);
  [[nodiscard]] Result<void> set_path_state(std::string_view path, PathState state);
  /// The path carries no writes until the administrator brings it back. False: it is not here.
  [[nodiscard]] bool distrust(std::string_view path, const std::string& why);
  void let_write() noexcept;
  [[nodiscard]] Result<std::string> path_fault(std::string_view path) const;
  [[nodiscard]] Result<void> set_path_fault(std::string_view path, std::string_view specification);

  // check.cpp; called by the checkers
  void checked(Path& path, const Examination::Result& result) noexcept;
  void check_is_late(Path& path) noexcept;
  /// The system has told of a change of the device behind the path: a check starts soon, and with
  /// `revalidate` the path carries nothing before it. False when there is no such path.
  [[nodiscard]] bool recheck(std::string_view path, bool revalidate) noexcept;
  [[nodiscard]] bool needs_full_check(const Path& path) const noexcept;
  [[nodiscard]] Duration check_interval(const Path& path) const noexcept;
  [[nodiscard]] Duration io_timeout() const noexcept {
    return Duration(io_timeout_.load(std::memory_order_relaxed));
  }

  // activation.cpp; called by the checkers
  [[nodiscard]] bool consents_to_activation(const Path& path,
                                            const Examination::Result& look) const noexcept;

  // reset.cpp
  /// A check, or a command that nobody waits for, met a unit attention of power on or reset.
  void told_of_reset(Path& path, bool power_on, Instant sent) noexcept;
  /// Any command met a deferred error of an acknowledged write.
  void told_of_lost_writes(Path& path, const Reason& reason) noexcept;
  /// How often acknowledged writes were lost.
  [[nodiscard]] std::uint64_t cache_losses() const noexcept { return cache_losses_.load(); }
  [[nodiscard]] bool has_unflushed() const noexcept { return write_cache_.is_dirty(); }

  // no_path.cpp
  void stop_holding() noexcept;

  // settings.cpp
  [[nodiscard]] HeadSettings settings() const noexcept;
  void apply(const HeadSettings& settings, std::string what) noexcept;

  // status.cpp
  [[nodiscard]] Geometry geometry() const noexcept;
  [[nodiscard]] HeadStatus status() const;

  /// Ends timers and checks and takes every path out. On the control thread; the head may be
  /// destroyed once `idle`.
  void close() noexcept;
  [[nodiscard]] bool idle() const noexcept;

 private:
  /// The three outcomes of sending a master; the first comes in two kinds.
  enum class Submission : std::uint8_t {
    under_way,  ///< submitted; the request may be gone already
    completed,  ///< submitted, and done inside the submission
    requeued,   ///< waits; the request may be gone already
    failed,     ///< the request has ended
  };
  /// What follows a completion.
  enum class Next : std::uint8_t {
    go_on,  ///< with the request's next master
    waits,  ///< in the requeue or for its timer; the request may be gone already
    ended,
  };

  // submit.cpp
  void carry(Request& request) noexcept;
  [[nodiscard]] Submission submit_master(Request& request, Clone*& done) noexcept;
  [[nodiscard]] Submission after_submission(Clone& clone, bool tracked) noexcept;
  [[nodiscard]] Instant last_moment(const Request& request) const noexcept;
  [[nodiscard]] Path* begin_on_path(Request& request, Instant now) noexcept;
  [[nodiscard]] Submission no_usable_path(Request& request, std::uint64_t kicks) noexcept;
  [[nodiscard]] bool trust_is_overdue(Request& request) noexcept;
  [[nodiscard]] Submission wait(Request& request, std::uint64_t kicks) noexcept;
  void finish(Request& request, IoError error) noexcept;
  void answer(Request& request, IoError error) noexcept;
  void hold(Request& request) noexcept;
  void unhold(Request& request) noexcept;

  // translate.cpp
  [[nodiscard]] IoError fit_to_disk(Request& request) const noexcept;
  [[nodiscard]] bool plan_master(Request& request) noexcept;
  void build_command(const Request& request, Command& command) const noexcept;
  void build_zeroing(const Request& request, std::uint64_t lba, Command& command) const noexcept;
  void ask_status(const Request& request, std::uint64_t lba, Command& command) const noexcept;
  void plan_zeros(Request& request, std::uint64_t lba, std::uint64_t blocks) noexcept;
  [[nodiscard]] std::uint32_t most_blocks() const noexcept;
  void cut_master(Request& request) const noexcept;
  [[nodiscard]] static bool flushes(const Request& request) noexcept;
  [[nodiscard]] static bool needs_edge(const Request& request) noexcept;
  [[nodiscard]] bool master_done(Request& request) noexcept;
  [[nodiscard]] bool is_hole(const Request& request) const noexcept;
  [[nodiscard]] bool seek_on(Request& request) noexcept;
  [[nodiscard]] bool do_without(Request& request, IoError refusal) noexcept;
  static void start_over(Request::Progress& progress) noexcept;
  static void answer_seek_alone(Request& request) noexcept;

  // abandon.cpp
  [[nodiscard]] bool part_with(Clone& clone) noexcept;
  void returned(Clone& clone) noexcept;

  // ghosts.cpp
  [[nodiscard]] bool haunt(Request& request, const Path& path) noexcept;
  void lay_ghost(Request& request) noexcept;
  void finish_haunted(Request& request, IoError error) noexcept;
  void answer_haunted(Request& request) noexcept;
  static void ghost_timer_fired(Timer& timer) noexcept;
  void ghosts_are_due(Request& request) noexcept;

  // complete.cpp
  static void command_done(Command& command) noexcept;
  void go_on_after(Clone& clone) noexcept;
  [[nodiscard]] Next complete(Clone& clone) noexcept;
  [[nodiscard]] Next succeed(Request& request) noexcept;
  [[nodiscard]] Next flush_again(Request& request) noexcept;
  [[nodiscard]] Next held_back(Request& request, Path& path, const scsi::Outcome& outcome,
                               const Reason& reason) noexcept;
  [[nodiscard]] Next fail_over(Request& request, Path& path, const scsi::Outcome& outcome,
                               const Reason& reason) noexcept;
  [[nodiscard]] Next retry(Request& request, Path& path) noexcept;
  [[nodiscard]] Next retry_busy(Request& request, Path& path,
                                const scsi::Outcome& outcome) noexcept;
  [[nodiscard]] Next elsewhere(Request& request, Path& path, IoError error) noexcept;
  [[nodiscard]] Next later(Request& request, Duration delay) noexcept;
  [[nodiscard]] Next refused(Request& request, IoError error) noexcept;
  [[nodiscard]] Next end(Request& request, IoError error) noexcept;
  [[nodiscard]] bool another_usable(const Request& request) const noexcept;
  void suffer(Request& request) noexcept;
  [[nodiscard]] bool suffered_enough(const Request& request) const noexcept;
  void count(Path& path, const Clone& clone, bool good) noexcept;
  void take_hints(Path& path, const scsi::Outcome& outcome, const Reason& reason,
                  Instant sent) noexcept;

  // paths.cpp
  [[nodiscard]] Result<std::shared_ptr<Path>> find(std::string_view path) const;
  void publish() noexcept REQUIRES(mutex_);
  /// Deletes the snapshots that `publish` has replaced, once nobody reads them.
  void reclaim() noexcept EXCLUDES(mutex_);
  void path_failed(Path& path, PathInput input, const Reason& reason) REQUIRES(mutex_);
  bool change_state(Path& path, PathInput input, const Reason& reason) REQUIRES(mutex_);
  void path_erred(Path& path) noexcept EXCLUDES(mutex_);
  void demoted(const Path& path, std::string why) noexcept REQUIRES(mutex_);
  void poll_removals() noexcept;

  // check.cpp
  bool take_check(Path& path, const Examination::Result& result) REQUIRES(mutex_);
  void check_unanswered(Path& path) REQUIRES(mutex_);
  void learn(const Examination::Result& result) REQUIRES(mutex_);
  [[nodiscard]] bool settle(Path& path, PathState before, AccessState access, const Reason& told)
      REQUIRES(mutex_);
  [[nodiscard]] bool matches(Path& path, const Examination::Result& result) REQUIRES(mutex_);
  [[nodiscard]] bool grow() REQUIRES(mutex_);
  void apply_groups(const scsi::TargetPortGroups& groups, Path& teller) REQUIRES(mutex_);
  void set_access(Path& path, AccessState state, const Reason& told) REQUIRES(mutex_);

  // activation.cpp
  void seek_activation(Instant now, bool for_writes) noexcept REQUIRES(mutex_);
  [[nodiscard]] bool seek_trusted_path(Instant now) noexcept EXCLUDES(mutex_);
  void activation_over(Path& path, const std::optional<Reason>& answer) noexcept REQUIRES(mutex_);
  /// It is over, and what it found does not count.
  void check_dropped(Path& path, const Examination::Result& result) noexcept REQUIRES(mutex_);

  // reset.cpp
  void reset_met(Path& path, bool power_on, Instant sent) noexcept REQUIRES(mutex_);
  void judge_reset() noexcept REQUIRES(mutex_);
  void resync() noexcept REQUIRES(mutex_);
  [[nodiscard]] bool flush_done(const Request::Progress& flush) noexcept EXCLUDES(mutex_);

  // no_path.cpp
  void evaluate() noexcept REQUIRES(mutex_);
  void decide_failing(Instant now) noexcept REQUIRES(mutex_);
  void no_path_deadline_passed() noexcept;

  void tell(EventKind kind, const Path* path, std::string reason) const noexcept;

  struct OwnedTimer : Timer {
    OwnedTimer(HeadCore& core, Function function) noexcept : Timer(function), head(core) {}
    HeadCore& head;
  };
  /// A flush of the head's own.
  struct Resync : Task, Request {
    explicit Resync(HeadCore& core) noexcept;
    HeadCore& head;
    std::atomic<bool> busy{false};
  };
  struct Removal {
    std::shared_ptr<Path> path;
    std::function<void()> removed;
  };

  /// Before a path is asked about a state that it has just told to I/O.
  static constexpr Duration contradiction_pause = std::chrono::seconds(1);
  static constexpr std::uint64_t all_blocks = ~std::uint64_t{0};

  const Parts parts_;

  // Self-synchronised.
  RcuPointer<const PathSet> path_set_;
  Requeue requeue_;
  Pool<Clone> clones_;
  Pool<EdgeBlock> edges_;
  std::atomic<std::uint64_t> blocks_;
  std::atomic<std::uint64_t> used_blocks_{all_blocks};  ///< those that have space
  std::atomic<std::uint32_t> max_transfer_;
  std::atomic<std::int64_t> io_timeout_;
  std::atomic<std::int64_t> no_path_timeout_;
  std::atomic<std::int64_t> checker_interval_;
  std::atomic<std::int64_t> ghost_timeout_;
  std::atomic<bool> exclusive_;
  RangeLock ranges_;
  /// An earlier process has left commands with a device: what they write must not come last.
  std::atomic<bool> holds_writes_;
  std::atomic<bool> forces_writes_{false};      ///< the disk understands FUA
  std::atomic<bool> stopping_{false};           ///< nothing is held any more
  std::atomic<std::int64_t> stop_deadline_{0};  ///< io_timeout after that
  std::atomic<bool> failing_{false};            ///< no path is usable, and waiting is over
  std::atomic<bool> crowded_{false};            ///< somebody waits for a full path
  std::atomic<std::uint64_t> held_{0};
  std::atomic<std::uint64_t> ghosts_{0};       ///< ranges that are haunted
  std::atomic<std::uint32_t> suffering_{0};    ///< requests whose master has met path errors
  std::atomic<std::int64_t> last_success_{0};  ///< kept only while somebody suffers
  Zeroing zeroing_;
  WriteCache write_cache_;
  Resync resync_{*this};
  /// A power loss is suspected: until every path has answered no flush is sent.
  std::atomic<bool> suspecting_{false};
  /// Something since the last good flush may have reset the disk without a loss of power.
  std::atomic<bool> disturbed_{false};
  std::atomic<std::uint64_t> cache_losses_{0};
  std::atomic<std::uint32_t> resets_{0};  ///< that commands were told of
  StripedCounter reads_, writes_, flushes_, unmaps_, read_bytes_, write_bytes_;
  std::atomic<std::uint64_t> failovers_{0}, requeues_{0}, retries_{0}, errors_{0};

  mutable Mutex mutex_;
  HeadSettings settings_ GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Path>> paths_ GUARDED_BY(mutex_);
  std::vector<const PathSet*> retired_ GUARDED_BY(mutex_);
  std::vector<Removal> removals_ GUARDED_BY(mutex_);
  std::uint64_t slots_ GUARDED_BY(mutex_) = 0;  ///< of paths that live, as bits
  int next_slot_ GUARDED_BY(mutex_) = 0;        ///< where a free one is looked for
  bool had_usable_ GUARDED_BY(mutex_) = true;
  ActivationPace activation_pace_ GUARDED_BY(mutex_);
  Instant gathering_until_ GUARDED_BY(mutex_){};  ///< more paths are likely to be found till then
  bool closed_ GUARDED_BY(mutex_) = false;
  std::uint8_t resource_exponent_ GUARDED_BY(mutex_) = 0;
  bool volatile_cache_ GUARDED_BY(mutex_) = true;  ///< as long as nobody has told
  Instant last_flush_ GUARDED_BY(mutex_){};        ///< that was good
  Instant no_path_since_ GUARDED_BY(mutex_){};
  OwnedTimer no_path_timer_;
  OwnedTimer removal_timer_;
  OwnedTimer trust_timer_;
  std::atomic<bool> trust_timer_armed_{false};
};

}  // namespace scsimpath
