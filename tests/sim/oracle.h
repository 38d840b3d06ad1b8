// SPDX-License-Identifier: LGPL-2.1-or-later
// Knows what every block may hold and what every request may end with.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory_resource>
#include <string>
#include <vector>

#include "disk.h"
#include "schedule.h"
#include "scsimpath/event.h"
#include "scsimpath/head.h"
#include "scsimpath/request.h"
#include "sim_path.h"
#include "sim_runtime.h"

namespace scsimpath::sim {

/// A user's data; it lives as long as the world does.
using Buffer = std::pmr::vector<std::uint8_t>;

/// A user's request and what it has been through.
struct SimRequest : Request {
  SimRequest(unsigned number, const Step& step, std::pmr::memory_resource& memory);

  const unsigned number;
  Instant submitted{};
  unsigned resets = 0;  ///< that were met before it
  Moment since = 0;
  Buffer buffer;
  std::vector<Buffer> kept;  ///< with commands that were given up
  unsigned kept_data = 0;
  unsigned returned = 0;
  unsigned times_done = 0;
  Oracle* oracle = nullptr;

  unsigned attempts = 0;
  std::vector<const Attempt*> changing;  ///< attempts that may change blocks yet
  bool was_answered = false;             ///< by the target, with an error that is its own
  bool was_cancelled = false;
  bool met_overlap = false;  ///< with another that changes blocks
  bool was_given_up = false;
  bool answered_early = false;  ///< no other host could write
  Moment first_sent = 0;
  Buffer seen;    ///< what a read has brought when it ended
  Buffer before;  ///< its blocks, before its first attempt

  /// Cut off where the disk ended when it was submitted.
  [[nodiscard]] std::uint64_t bytes() const noexcept {
    if (!zeroes()) return data.size();
    return progress.end != 0 ? progress.end : length;
  }
  [[nodiscard]] std::uint64_t first_block() const noexcept { return offset / block_size; }
  [[nodiscard]] std::uint64_t end_block() const noexcept {
    return (offset + bytes() + block_size - 1) / block_size;
  }
  [[nodiscard]] bool overlaps(const SimRequest& other) const noexcept {
    return first_block() < other.end_block() && other.first_block() < end_block();
  }
};

/// What a run has met.
struct Coverage {
  std::vector<std::uint64_t> rows;  ///< of the outcome table, by users' commands
  std::uint64_t requests = 0;
  std::uint64_t attempts = 0;
  std::uint64_t errors = 0;
  // The outcomes of sending a master.
  std::uint64_t under_way = 0;
  std::uint64_t completed = 0;
  std::uint64_t requeued = 0;
  std::uint64_t failed = 0;
  /// Changes of paths' states, from and to.
  static constexpr std::size_t path_states = 6;
  std::array<std::array<std::uint64_t, path_states>, path_states> transitions{};
  /// Events, by their kind.
  std::map<EventKind, std::uint64_t> events;

  void add(const Coverage& other);
  /// What was never met, in words.
  [[nodiscard]] std::vector<std::string> gaps() const;
};

class Oracle {
 public:
  Oracle(const Schedule& schedule, SimRuntime& runtime, Disk& disk, bool tells_story);

  // The core tells.
  void happened(const Event& event);

  // The paths tell.
  void sent(const Attempt& attempt);
  void answered(const Attempt& attempt, std::uint64_t row);
  void executes(const Attempt& attempt);
  void disconnected() noexcept { was_disconnected_ = true; }
  void executes_on_other_disk(const Attempt& attempt);
  void returned(const Attempt& attempt);
  /// The disk is about to make another port group active because the program wants it.
  void activates();
  /// A completion begins, or is over: nothing may be sent inside it.
  void completing(bool begins) noexcept { completing_ += begins ? 1 : -1; }

  // The world tells.
  void submitting(SimRequest& request);
  void done(SimRequest& request);
  void stops() noexcept { stopping_ = true; }
  void writes_must_wait() noexcept { writes_wait_ = true; }
  void writes_may_go() noexcept;
  void set_settings(const HeadSettings& settings);
  /// At the end, when every command has come back.
  void check_kept_data(const SimRequest& request);

  /// One that would carry I/O by now whatever happened before `when`.
  struct GoodPath {
    virtual ~GoodPath() = default;
    /// It would without its port group being asked for.
    [[nodiscard]] virtual bool works(Instant when, bool for_writes) const = 0;
    [[nodiscard]] virtual bool was_there(Instant when, bool for_writes) const = 0;
    /// One carried I/O then or later.
    [[nodiscard]] virtual bool carried_after(Instant when, bool for_writes) const = 0;
  };
  void ask_for_good_paths(const GoodPath& paths) noexcept { good_paths_ = &paths; }

  [[nodiscard]] Duration longest_io_timeout() const noexcept { return longest_io_timeout_; }
  /// When the head last told so.
  [[nodiscard]] Instant paths_back_at() const noexcept { return paths_back_at_; }

  void fail(const std::string& what);
  void tell(const std::string& what);
  /// Whether it is worth while to make up a text for `tell`.
  [[nodiscard]] bool tells_story() const noexcept { return tells_story_; }
  [[nodiscard]] bool failed() const noexcept { return !failure_.empty(); }
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  [[nodiscard]] const std::vector<std::string>& story() const noexcept { return story_; }
  [[nodiscard]] Coverage& coverage() noexcept { return coverage_; }

 private:
  [[nodiscard]] bool was_held_long_enough(const SimRequest& request) const;
  [[nodiscard]] bool was_outrun(const SimRequest& request) const;
  [[nodiscard]] bool is_haunted(const SimRequest& request) const;
  [[nodiscard]] static SimRequest* ours(const Request* request) noexcept;
  void check_error(const SimRequest& request);
  void check_changed(const SimRequest& request);
  void check_read(const SimRequest& request);
  void check_flush(const SimRequest& request);
  void check_time(const SimRequest& request);
  [[nodiscard]] std::string name(const SimRequest& request) const;

  const std::size_t paths_;
  const bool few_clones_;  ///< what was given up may have them all
  const std::uint64_t first_blocks_;
  SimRuntime& runtime_;
  Disk& disk_;
  const bool tells_story_;
  const Instant begin_;
  const GoodPath* good_paths_ = nullptr;
  HeadSettings settings_;
  Duration longest_io_timeout_{};
  Duration shortest_io_timeout_ = HeadSettings::forever;
  Duration shortest_no_path_timeout_ = HeadSettings::forever;
  bool was_disconnected_ = false;  ///< a path has said that there is no such disk
  Duration shortest_ghost_timeout_ = HeadSettings::forever;
  Duration longest_ghost_timeout_{};
  bool always_exclusive_ = true;
  bool stopping_ = false;
  bool writes_wait_ = false;
  Instant writes_go_since_{};
  int completing_ = 0;
  std::vector<std::uint8_t> expected_;  ///< of a request whose blocks are looked at
  std::vector<SimRequest*> changing_;   ///< requests that change blocks and have not ended
  unsigned resets_ = 0;                 ///< that commands of ours met
  Instant change_ended_{};              ///< the last one of them
  Instant paths_back_at_{};
  std::vector<const Attempt*> alive_;  ///< attempts that may change blocks yet
  std::map<std::string, PathState, std::less<>> states_;
  std::string failure_;
  std::vector<std::string> story_;
  Coverage coverage_;
};

}  // namespace scsimpath::sim
