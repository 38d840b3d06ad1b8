// SPDX-License-Identifier: LGPL-2.1-or-later
// A head, its paths, a disk in memory and virtual time: all that a test of the core needs.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event_recorder.h"
#include "scripted_transport.h"
#include "scsimpath/head.h"
#include "scsimpath/registry.h"
#include "scsimpath/request.h"
#include "virtual_runtime.h"

namespace scsimpath::test {

/// A request with its data and what became of it.
struct TestRequest : Request {
  TestRequest(Operation what, std::uint64_t at, std::size_t bytes, const VirtualRuntime& world);

  [[nodiscard]] bool is_done() const noexcept { return times_done > 0; }
  [[nodiscard]] bool is_good() const noexcept {
    return times_done == 1 && error == IoError::none && transferred == buffer.size();
  }

  std::vector<std::uint8_t> buffer;
  /// Those that commands have kept; each comes back once.
  std::deque<std::vector<std::uint8_t>> kept;
  unsigned kept_data = 0;
  unsigned returned = 0;
  bool has_spare = true;  ///< else it parts with none
  unsigned times_done = 0;
  Instant done_at{};
  std::size_t done_as = 0;  ///< how many requests were done before it

 private:
  static void note(Request& request) noexcept;
  const VirtualRuntime& world_;
  static inline std::size_t all_done_ = 0;
};

/// Hears of heads.
class HeadRecorder final : public HeadObserver {
 public:
  void head_added(const std::shared_ptr<Head>&) override { ++added; }
  void head_resized(const std::shared_ptr<Head>&) override { ++resized; }
  void head_removed(const std::shared_ptr<Head>&) override { ++removed; }
  bool in_use(const Head&) override { return used; }
  unsigned added = 0;
  unsigned resized = 0;
  unsigned removed = 0;
  bool used = false;
};

/// Ends cleanly whatever the test left open, and fails the test when that does not work: every
/// request is done exactly once, every transport destroyed.
class HeadWorld {
 public:
  struct Options {
    HeadSettings settings{};
    ScriptedIdentity identity{};
    std::string alias{};
    unsigned paths = 2;
    std::size_t max_clones = 4096;
    /// Where every path of `paths` completes its commands.
    ScriptedPath::Completion completion = ScriptedPath::Completion::in_submit;
  };

  HeadWorld() : HeadWorld(Options{}) {}
  explicit HeadWorld(Options options);
  ~HeadWorld();
  HeadWorld(const HeadWorld&) = delete;
  HeadWorld& operator=(const HeadWorld&) = delete;

  // Paths. Those that were not named are p0, p1, …, each in its own target port group 1, 2, ….
  /// Joins a path to the head; it must work.
  ScriptedPath& add_path(ScriptedPath::Options options = {});
  /// A path that the registry has not seen yet, to another disk when there is one.
  ScriptedPath& make_path(ScriptedPath::Options options = {},
                          std::shared_ptr<ScriptedDisk> disk = {});
  Result<std::shared_ptr<Head>> join(ScriptedPath& path);
  /// Hands the path to the registry; `answer` is filled when it has decided.
  void start_join(ScriptedPath& path, std::optional<Result<std::shared_ptr<Head>>>& answer);
  /// Asks for the removal; `done` becomes true when it is complete.
  void remove(std::string_view path, bool& done);
  [[nodiscard]] ScriptedPath& path(std::size_t index) { return *paths_.at(index); }
  [[nodiscard]] PathStatus path_status(std::size_t index);

  // Requests. They are kept until the world ends.
  /// Submits, and runs until nothing is left to do at this moment.
  TestRequest& write(std::uint64_t offset, std::size_t length, bool fua = false);
  TestRequest& read(std::uint64_t offset, std::size_t length);
  TestRequest& flush();
  /// Makes a request, a write with bytes that no other has, and submits nothing.
  TestRequest& prepare(Operation operation, std::uint64_t offset, std::size_t length);
  /// Submits and runs nothing.
  TestRequest& start(TestRequest& request);
  /// Whether the disk holds what was written, or the read saw what the disk holds.
  [[nodiscard]] bool agrees_with_disk(const TestRequest& request) const;

  // Time.
  void settle() { runtime.run_until_idle(); }
  void advance(Duration by) { runtime.advance(by); }

  /// Requests go to this head from now on: one that something else has made.
  void adopt(std::shared_ptr<Head> head) { head_ = std::move(head); }
  [[nodiscard]] Head& head() { return *head_; }
  [[nodiscard]] HeadStatus status() { return head_->status(); }
  void set(void (*change)(HeadSettings&));
  /// The test has closed the registry itself.
  void closed_already();

  VirtualRuntime runtime;
  EventRecorder events;
  HeadRecorder observer;
  std::shared_ptr<ScriptedDisk> disk;
  HeadProfile profile;

 private:
  // Used by the registry to its end.
  std::deque<TestRequest> requests_;
  std::vector<std::unique_ptr<ScriptedPath>> paths_;

 public:
  Registry registry;

 private:
  void close();

  std::shared_ptr<Head> head_;
  std::uint8_t pattern_ = 0;
  bool closed_ = false;
};

}  // namespace scsimpath::test
