// SPDX-License-Identifier: LGPL-2.1-or-later
// The history of blocks.
#include "disk.h"

#include <algorithm>
#include <array>

namespace scsimpath::sim {
namespace {

test::ScriptedIdentity identity_of(const Schedule& schedule) {
  test::ScriptedIdentity identity;
  identity.blocks = schedule.blocks;
  identity.block_size = block_size;
  identity.max_transfer_blocks = schedule.max_transfer_blocks;
  return identity;
}

}  // namespace

Disk::Disk(const Schedule& schedule, std::pmr::memory_resource& memory)
    : memory_(memory),
      unit_(std::make_shared<test::ScriptedDisk>(identity_of(schedule))),
      versions_(&memory) {
  if (schedule.thin) {
    unit_->thin.told = unit_->thin.reads_zeros = unit_->thin.unmap = true;
    unit_->thin.write_same_unmaps = schedule.seed % 2 == 0;
    unit_->thin.ignores = schedule.unmap_ignores;
  }
  unit_->transition_time = 10;
  unit_->explicit_alua = schedule.explicit_alua;
  resize(schedule.blocks);
}

void Disk::resize(std::uint64_t blocks) {
  unit_->resize(blocks);
  static constexpr std::array<std::uint8_t, block_size> zeros{};
  for (std::size_t block = versions_.size(); block < blocks; ++block) {
    versions_.emplace_back().push_back({0, zeros.data()});
  }
  stable_.resize(blocks * block_size);
  unstable_.resize(blocks, never);
  disturbed_.resize(blocks, 0);
}

ConstBytes Disk::content(std::uint64_t block) const {
  return ConstBytes(unit_->data).subspan(block * block_size, block_size);
}

void Disk::changed(std::uint64_t first, std::uint64_t end, bool durable) {
  tick();
  for (std::uint64_t block = first; block < end; ++block) {
    const ConstBytes bytes = content(block);
    auto* const kept = static_cast<std::uint8_t*>(memory_.allocate(block_size, 1));
    std::ranges::copy(bytes, kept);
    versions_[block].push_back({now_, kept});
    const Bytes stable = Bytes(stable_).subspan(block * block_size, block_size);
    if (durable) {
      std::ranges::copy(bytes, stable.begin());
      unstable_[block] = never;
    } else if (std::ranges::equal(bytes, stable)) {
      unstable_[block] = never;  // written again
    } else {
      unstable_[block] = std::min(unstable_[block], now_);
    }
  }
}

void Disk::flushed() {
  stable_ = unit_->data;
  std::ranges::fill(unstable_, never);
}

void Disk::lose_power(Random& random) {
  for (std::uint64_t block = 0; block < unstable_.size(); ++block) {
    if (unstable_[block] == never) continue;
    // A cache writes back what it likes, when it likes.
    if (random.one_in(2)) {
      const auto at = static_cast<std::ptrdiff_t>(block * block_size);
      std::copy_n(stable_.begin() + at, block_size, unit_->data.begin() + at);
    }
    changed(block, block + 1, true);
    disturb(block);
  }
}

bool Disk::held_since(std::uint64_t block, std::size_t from, ConstBytes bytes, Moment since) const {
  const auto& versions = versions_[block];
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    const auto held = ConstBytes(version->bytes, block_size).subspan(from, bytes.size());
    if (std::ranges::equal(held, bytes)) return true;
    if (version->since <= since) return false;
  }
  return false;
}

}  // namespace scsimpath::sim
