// SPDX-License-Identifier: LGPL-2.1-or-later
// The disk of the array, and all that its blocks have ever held.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <memory_resource>
#include <utility>
#include <vector>

#include "random.h"
#include "schedule.h"
#include "scripted_transport.h"
#include "scsimpath/bytes.h"

namespace scsimpath::sim {

/// Counts what happens: an order finer than time.
using Moment = std::uint64_t;

class Disk {
 public:
  /// `memory` keeps the history.
  Disk(const Schedule& schedule, std::pmr::memory_resource& memory);

  [[nodiscard]] test::ScriptedDisk& unit() noexcept { return *unit_; }
  [[nodiscard]] const std::shared_ptr<test::ScriptedDisk>& shared_unit() const noexcept {
    return unit_;
  }

  [[nodiscard]] Moment now() const noexcept { return now_; }
  Moment tick() noexcept { return ++now_; }

  /// The blocks in [first, end) have just been written by a command. `durable`: past the cache.
  void changed(std::uint64_t first, std::uint64_t end, bool durable);
  /// All that was written is on stable storage.
  void flushed();
  /// Some of what was not is lost.
  void lose_power(Random& random);
  void resize(std::uint64_t blocks);
  /// A host has asked for a port group, and got it: others may have lost theirs.
  void activated() {
    ++activations_;
    access_changed_();
  }
  [[nodiscard]] unsigned activations() const noexcept { return activations_; }
  /// `changed` is called then.
  void watch_access(std::function<void()> changed) { access_changed_ = std::move(changed); }

  /// Another host, or a loss of power, has changed the block after `since`.
  [[nodiscard]] bool was_disturbed(std::uint64_t block, Moment since) const {
    return disturbed_[block] > since;
  }
  void disturb(std::uint64_t block) { disturbed_[block] = tick(); }

  [[nodiscard]] ConstBytes content(std::uint64_t block) const;
  /// Whether the block held these bytes, from `from` on, at any time in [since, now].
  [[nodiscard]] bool held_since(std::uint64_t block, std::size_t from, ConstBytes bytes,
                                Moment since) const;
  /// When what is not on stable storage was written first, `never` when all is.
  [[nodiscard]] Moment unstable_since(std::uint64_t block) const { return unstable_[block]; }

 private:
  struct Version {
    Moment since;
    const std::uint8_t* bytes;  ///< `block_size` of them
  };

  std::pmr::memory_resource& memory_;
  std::shared_ptr<test::ScriptedDisk> unit_;
  Moment now_ = 1;
  std::pmr::vector<std::pmr::vector<Version>> versions_;
  std::vector<std::uint8_t> stable_;
  std::vector<Moment> unstable_;
  std::vector<Moment> disturbed_;
  unsigned activations_ = 0;
  std::function<void()> access_changed_;
};

}  // namespace scsimpath::sim
