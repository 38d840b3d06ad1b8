// SPDX-License-Identifier: LGPL-2.1-or-later
// Sorts paths into heads: one look at each path, then find or make its head under one lock.
#include "scsimpath/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <list>

#include "core.h"
#include "examination.h"
#include "mutex.h"
#include "text.h"

namespace scsimpath {
namespace {

constexpr std::uint32_t smallest_block = 512;
constexpr Duration close_poll = std::chrono::milliseconds(5);

/// Why what was found cannot be served; empty when it can.
std::string unsuitable(const PathFacts& facts) {
  const Identity& identity = facts.identity;
  if (identity.wwid.empty()) return "it has no unique id (VPD page 83h)";
  if (facts.blocks == 0) return {};
  const std::uint32_t block = identity.block_size;
  if (block < smallest_block || block > EdgeBlock::size || (block & (block - 1)) != 0) {
    return fmt::format("its block size is {}; 512 to {} are supported", block,
                       std::uint32_t{EdgeBlock::size});
  }
  return {};
}

}  // namespace

struct Registry::Impl {
  /// A path that is being looked at for the first time.
  struct Candidate {
    Candidate(Impl& registry, std::unique_ptr<Transport> way, Added callback)
        : owner(registry),
          transport(std::move(way)),
          added(std::move(callback)),
          look(registry.parts.runtime, *transport, *this),
          retire(*this) {}

    struct Look : Examination {
      Look(Runtime& runtime, Transport& transport, Candidate& candidate)
          : Examination(runtime, transport,
                        [](Examination& examination) noexcept {
                          Candidate& self = static_cast<Look&>(examination).owner;
                          self.owner.looked_at(self);
                        }),
            owner(candidate) {}
      Candidate& owner;
    };
    /// Destroys the candidate from outside its examination.
    struct Retire : Task {
      explicit Retire(Candidate& candidate)
          : Task([](Task& task) noexcept {
              Candidate& self = static_cast<Retire&>(task).owner;
              self.owner.retire(self);
            }),
            owner(candidate) {}
      Candidate& owner;
    };

    Impl& owner;
    std::unique_ptr<Transport> transport;
    Added added;
    Look look;
    Retire retire;
  };

  struct ClosePoll : Timer {
    explicit ClosePoll(Impl& registry)
        : Timer([](Timer& timer) noexcept { static_cast<ClosePoll&>(timer).owner.poll_close(); }),
          owner(registry) {}
    Impl& owner;
  };

  explicit Impl(Parts given) : parts(std::move(given)), close_timer(*this) {}

  void looked_at(Candidate& candidate) noexcept;
  void retire(Candidate& candidate) noexcept;
  Result<std::shared_ptr<Head>> join(Candidate& candidate, bool& made);
  Result<std::shared_ptr<Head>> make(const PathFacts& facts) REQUIRES(mutex);
  void abandoned(const HeadCore& core) noexcept;
  void resized(const HeadCore& core) noexcept;
  void poll_close() noexcept;
  std::shared_ptr<Head> of(const HeadCore& core) const;

  const Parts parts;

  mutable Mutex mutex;
  std::vector<std::shared_ptr<Head>> heads GUARDED_BY(mutex);
  std::list<Candidate> candidates GUARDED_BY(mutex);
  std::function<void()> closed GUARDED_BY(mutex);
  bool closing GUARDED_BY(mutex) = false;
  ClosePoll close_timer;
};

void Registry::Impl::looked_at(Candidate& candidate) noexcept {
  const Examination::Result& look = candidate.look.result();
  const std::string device = candidate.transport->info().device;
  Result<std::shared_ptr<Head>> head = fail(EIO, "");
  bool made = false;
  if (look.verdict == scsi::CheckResult::down || look.verdict == scsi::CheckResult::disconnected) {
    head = fail(EIO, fmt::format("{}: {}", device, look.reason));
  } else if (std::string why = unsuitable(look.facts); !why.empty()) {
    head = fail(EMEDIUMTYPE, fmt::format("{} cannot be used: {}", device, why));
  } else {
    head = join(candidate, made);
  }
  if (made && parts.observer != nullptr) parts.observer->head_added(*head);
  if (candidate.added) candidate.added(std::move(head));
  parts.runtime.control.post(candidate.retire);
}

void Registry::Impl::retire(Candidate& candidate) noexcept {
  const MutexLock lock(mutex);
  candidates.remove_if([&](const Candidate& other) { return &other == &candidate; });
}

Result<std::shared_ptr<Head>> Registry::Impl::join(Candidate& candidate, bool& made) {
  const Examination::Result& look = candidate.look.result();
  const MutexLock lock(mutex);
  if (closing) return fail(ESHUTDOWN, "the program is ending");
  for (const auto& head : heads) {
    if (head->wwid() != look.facts.identity.wwid) continue;
    const auto joined = head->core().join(candidate.transport, look);
    if (!joined) return std::unexpected(joined.error());
    return head;
  }
  auto head = make(look.facts);
  if (!head) return head;
  if (const auto joined = (*head)->core().join(candidate.transport, look); !joined) {
    return std::unexpected(joined.error());
  }
  heads.push_back(*head);
  made = true;
  return head;
}

Result<std::shared_ptr<Head>> Registry::Impl::make(const PathFacts& facts) {
  const std::string& wwid = facts.identity.wwid;
  if (facts.blocks == 0) {
    return fail(EAGAIN, fmt::format("{}: its first path does not tell the capacity", wwid));
  }
  const HeadProfile profile = parts.profile ? parts.profile(wwid) : HeadProfile{};
  const std::string name = escape_file_name(profile.alias.empty() ? wwid : profile.alias);
  for (const auto& other : heads) {
    if (other->name() == name) {
      return fail(EEXIST,
                  fmt::format("{}: the name '{}' is taken by {}", wwid, name, other->wwid()));
    }
  }
  auto core = std::make_unique<HeadCore>(
      HeadCore::Parts{.runtime = parts.runtime,
                      .events = parts.events,
                      .name = name,
                      .facts = facts,
                      .settings = profile.settings,
                      .max_clones = parts.max_clones,
                      .resized = [this](const HeadCore& grown) { resized(grown); },
                      .abandoned = [this](const HeadCore& empty) { abandoned(empty); }});
  parts.events.publish({EventKind::head_added, name, {}, wwid});
  return std::make_shared<Head>(std::move(core));
}

std::shared_ptr<Head> Registry::Impl::of(const HeadCore& core) const {
  const MutexLock lock(mutex);
  for (const auto& head : heads) {
    if (&head->core() == &core) return head;
  }
  return nullptr;
}

void Registry::Impl::resized(const HeadCore& core) noexcept {
  const auto head = of(core);
  if (head != nullptr && parts.observer != nullptr) parts.observer->head_resized(head);
}

/// A head that has lost its last path and waited long enough goes, unless a path joins it first:
/// both are decided under the one lock, and a head that is out of the list matches nothing.
void Registry::Impl::abandoned(const HeadCore& core) noexcept {
  std::shared_ptr<Head> head;
  {
    const MutexLock lock(mutex);
    const auto found =
        std::ranges::find_if(heads, [&](const auto& other) { return &other->core() == &core; });
    if (found == heads.end() || core.has_paths()) return;
    head = *found;
    heads.erase(found);
  }
  head->core().close();
  parts.events.publish({EventKind::head_removed, head->name(), {}, "it has no path"});
  if (parts.observer != nullptr) parts.observer->head_removed(head);
}

void Registry::Impl::poll_close() noexcept {
  std::function<void()> callback;
  std::vector<std::shared_ptr<Head>> gone;
  {
    const MutexLock lock(mutex);
    bool idle = candidates.empty();
    for (Candidate& candidate : candidates) candidate.look.abort();
    for (const auto& head : heads) idle = head->core().idle() && idle;
    if (!idle) {
      parts.runtime.timers.arm(close_timer, parts.runtime.clock.now() + close_poll);
      return;
    }
    gone.swap(heads);
    callback = std::move(closed);
  }
  gone.clear();
  callback();
}

Registry::Registry(Parts parts) : impl_(std::make_unique<Impl>(std::move(parts))) {}
Registry::~Registry() = default;

void Registry::add(std::unique_ptr<Transport> transport, Added added) {
  const Duration timeout = impl_->parts.defaults.io_timeout;
  const MutexLock lock(impl_->mutex);
  auto& candidate = impl_->candidates.emplace_back(*impl_, std::move(transport), std::move(added));
  candidate.look.start(Examination::Scope::full, timeout, false);
}

void Registry::remove(std::string_view path, std::function<void()> removed) {
  for (const auto& head : heads()) {
    if (head->core().has_path(path) && head->core().remove_path(path, removed)) return;
  }
  if (removed) removed();
}

std::vector<std::shared_ptr<Head>> Registry::heads() const {
  const MutexLock lock(impl_->mutex);
  return impl_->heads;
}

std::shared_ptr<Head> Registry::find(std::string_view name) const {
  const MutexLock lock(impl_->mutex);
  for (const auto& head : impl_->heads) {
    if (head->name() == name) return head;
  }
  return nullptr;
}

void Registry::stop_holding() noexcept {
  for (const auto& head : heads()) head->core().stop_holding();
}

void Registry::close(std::function<void()> closed) {
  {
    const MutexLock lock(impl_->mutex);
    impl_->closing = true;
    impl_->closed = std::move(closed);
  }
  struct Begin : Task {
    explicit Begin(Impl& registry)
        : Task([](Task& task) noexcept {
            Impl& self = static_cast<Begin&>(task).owner;
            delete static_cast<Begin*>(&task);
            std::vector<std::shared_ptr<Head>> heads;
            {
              const MutexLock lock(self.mutex);
              heads = self.heads;
            }
            for (const auto& head : heads) head->core().close();
            self.poll_close();
          }),
          owner(registry) {}
    Impl& owner;
  };
  impl_->parts.runtime.control.post(*new Begin(*impl_));
}

}  // namespace scsimpath
