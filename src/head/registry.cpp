// SPDX-License-Identifier: LGPL-2.1-or-later
// Sorts paths into heads: one look at each path, then find or make its head under one lock.
#include "scsimpath/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <list>
#include <map>
#include <set>

#include "core.h"
#include "examination.h"
#include "mutex.h"
#include "text.h"

namespace scsimpath {
namespace {

constexpr std::uint32_t smallest_block = 512;
constexpr Duration close_poll = std::chrono::milliseconds(5);
/// How often heads without paths are looked at: does anybody still use them, have their commands
/// come back.
constexpr Duration farewell_poll = std::chrono::milliseconds(500);

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
    Candidate(Impl& registry, std::unique_ptr<Transport> way, Added callback, std::string wwid)
        : owner(registry),
          transport(std::move(way)),
          added(std::move(callback)),
          expected(std::move(wwid)),
          look(registry.parts.runtime, *transport, *this),
          retire(*this) {}

    struct Look : Examination {
      Look(Runtime& runtime, Transport& transport, Candidate& candidate)
          : Examination(
                runtime, transport,
                [](Examination& examination) noexcept {
                  Candidate& self = static_cast<Look&>(examination).owner;
                  self.owner.looked_at(self);
                },
                [](Examination& examination) noexcept {
                  static_cast<Look&>(examination).owner.late();
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

    /// It has not answered in time, whatever it says later.
    void late() noexcept {
      const Added callback = std::exchange(added, nullptr);
      if (callback) {
        callback(fail(ETIMEDOUT, fmt::format("{}: no answer in time", transport->info().device)));
      }
    }

    Impl& owner;
    std::unique_ptr<Transport> transport;
    Added added;  ///< null once it has been called
    const std::string expected;
    Look look;
    Retire retire;
  };

  struct Poll : Timer {
    Poll(Impl& registry, Function function) noexcept : Timer(function), owner(registry) {}
    Impl& owner;
  };

  explicit Impl(Parts given)
      : parts(std::move(given)),
        close_timer(*this,
                    [](Timer& timer) noexcept { static_cast<Poll&>(timer).owner.poll_close(); }),
        farewell_timer(*this, [](Timer& timer) noexcept {
          static_cast<Poll&>(timer).owner.poll_farewells();
        }) {}

  void looked_at(Candidate& candidate) noexcept;
  void retire(Candidate& candidate) noexcept;
  /// What a head that a path has joined is besides.
  enum class Joined : std::uint8_t { as_it_was, made, grown };
  Result<std::shared_ptr<Head>> join(Candidate& candidate, Joined& joined);
  Result<std::shared_ptr<Head>> make(const PathFacts& facts) REQUIRES(mutex);
  void abandoned() noexcept;
  void poll_farewells() noexcept;
  void resized(const HeadCore& core) noexcept;
  void poll_close() noexcept;
  [[nodiscard]] bool holds_writes(std::string_view wwid) const REQUIRES(mutex) {
    return holding_writes.contains(wwid) || holding_writes.contains(std::string_view());
  }
  std::shared_ptr<Head> of(const HeadCore& core) const;
  std::shared_ptr<Head> find(std::string_view wwid) const;

  const Parts parts;

  mutable Mutex mutex;
  std::vector<std::shared_ptr<Head>> heads GUARDED_BY(mutex);
  /// Out of the list, with commands that have not come back yet.
  std::vector<std::shared_ptr<Head>> dying GUARDED_BY(mutex);
  std::list<Candidate> candidates GUARDED_BY(mutex);
  std::set<std::string, std::less<>> holding_writes GUARDED_BY(mutex);  ///< WWIDs; empty: of all
  /// Paths that carry no writes, and why; those that are not here yet too.
  std::map<std::string, std::string, std::less<>> distrusted GUARDED_BY(mutex);
  std::function<void()> closed GUARDED_BY(mutex);
  bool closing GUARDED_BY(mutex) = false;
  Poll close_timer;
  Poll farewell_timer;
};

void Registry::Impl::looked_at(Candidate& candidate) noexcept {
  if (!candidate.added) {  // too late
    parts.runtime.control.post(candidate.retire);
    return;
  }
  const Examination::Result& look = candidate.look.result();
  const std::string device = candidate.transport->info().device;
  Result<std::shared_ptr<Head>> head = fail(EIO, "");
  auto joined = Joined::as_it_was;
  if (look.verdict == scsi::CheckResult::down || look.verdict == scsi::CheckResult::disconnected) {
    head = fail(EIO, fmt::format("{}: {}", device, look.reason.text));
  } else if (std::string why = unsuitable(look.facts); !why.empty()) {
    head = fail(EMEDIUMTYPE, fmt::format("{} cannot be used: {}", device, why));
  } else if (!candidate.expected.empty() && look.facts.identity.wwid != candidate.expected) {
    head = fail(ENOTUNIQ, fmt::format("{} is another disk now: {} instead of {}", device,
                                      look.facts.identity.wwid, candidate.expected));
  } else {
    head = join(candidate, joined);
  }
  if (parts.observer != nullptr && joined != Joined::as_it_was) {
    if (joined == Joined::made) {
      parts.observer->head_added(*head);
    } else {
      parts.observer->head_resized(*head);
    }
  }
  candidate.added(std::move(head));
  parts.runtime.control.post(candidate.retire);
}

void Registry::Impl::retire(Candidate& candidate) noexcept {
  const MutexLock lock(mutex);
  candidates.remove_if([&](const Candidate& other) { return &other == &candidate; });
}

Result<std::shared_ptr<Head>> Registry::Impl::join(Candidate& candidate, Joined& joined) {
  const Examination::Result& look = candidate.look.result();
  const MutexLock lock(mutex);
  if (closing) return fail(ESHUTDOWN, "the program is ending");
  const auto doubt = distrusted.find(candidate.transport->info().name);
  const std::string why = doubt != distrusted.end() ? doubt->second : std::string();
  for (const auto& head : heads) {
    if (head->wwid() != look.facts.identity.wwid) continue;
    const auto grown = head->core().join(candidate.transport, look, why);
    if (!grown) return std::unexpected(grown.error());
    if (*grown) joined = Joined::grown;
    return head;
  }
  auto head = make(look.facts);
  if (!head) return head;
  if (const auto first = (*head)->core().join(candidate.transport, look, why); !first) {
    return std::unexpected(first.error());
  }
  heads.push_back(*head);
  joined = Joined::made;
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
                      .holds_writes = holds_writes(wwid),
                      .resized = [this](const HeadCore& grown) { resized(grown); },
                      .abandoned = [this] { abandoned(); }});
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

std::shared_ptr<Head> Registry::Impl::find(std::string_view wwid) const {
  const MutexLock lock(mutex);
  for (const auto& head : heads) {
    if (head->wwid() == wwid) return head;
  }
  return nullptr;
}

void Registry::Impl::resized(const HeadCore& core) noexcept {
  const auto head = of(core);
  if (head != nullptr && parts.observer != nullptr) parts.observer->head_resized(head);
}

void Registry::Impl::abandoned() noexcept {
  parts.runtime.timers.arm(farewell_timer, parts.runtime.clock.now());
}

/// A head that has lost its last path and waited long enough goes when nobody uses it, unless a
/// path joins it first: that is decided under the one lock, and a head that is out of the list
/// matches nothing. It is destroyed when its last command has come back.
void Registry::Impl::poll_farewells() noexcept {
  std::vector<std::shared_ptr<Head>> going;
  std::vector<std::shared_ptr<Head>> gone;
  bool again = false;
  {
    const MutexLock lock(mutex);
    if (closing) return;
    std::erase_if(dying, [&](const auto& head) {
      const bool idle = head->core().idle();
      if (idle) gone.push_back(head);
      return idle;
    });
    std::erase_if(heads, [&](const auto& head) {
      if (!head->core().is_abandoned()) return false;
      again = true;
      // Another head of this disk would not know what is locked here.
      if (head->core().has_ghosts()) return false;
      if (parts.observer != nullptr && parts.observer->in_use(*head)) return false;
      going.push_back(head);
      return true;
    });
    again = again || !dying.empty();
    dying.insert(dying.end(), going.begin(), going.end());
  }
  for (const auto& head : going) {
    head->core().close();
    parts.events.publish({EventKind::head_removed, head->name(), {}, "it has no path"});
    if (parts.observer != nullptr) parts.observer->head_removed(head);
  }
  if (again) parts.runtime.timers.arm(farewell_timer, parts.runtime.clock.now() + farewell_poll);
}

void Registry::Impl::poll_close() noexcept {
  std::function<void()> callback;
  std::vector<std::shared_ptr<Head>> gone;
  {
    const MutexLock lock(mutex);
    bool idle = candidates.empty();
    for (Candidate& candidate : candidates) candidate.look.abort();
    for (const auto& head : heads) idle = head->core().idle() && idle;
    for (const auto& head : dying) idle = head->core().idle() && idle;
    if (!idle) {
      parts.runtime.timers.arm(close_timer, parts.runtime.clock.now() + close_poll);
      return;
    }
    (void)parts.runtime.timers.cancel(farewell_timer);
    gone.swap(heads);
    std::ranges::move(dying, std::back_inserter(gone));
    dying.clear();
    callback = std::move(closed);
  }
  gone.clear();
  callback();
}

Registry::Registry(Parts parts) : impl_(std::make_unique<Impl>(std::move(parts))) {}
Registry::~Registry() = default;

void Registry::add(std::unique_ptr<Transport> transport, Added added, std::string expected) {
  const Duration timeout = impl_->parts.defaults.io_timeout;
  const MutexLock lock(impl_->mutex);
  auto& candidate = impl_->candidates.emplace_back(*impl_, std::move(transport), std::move(added),
                                                   std::move(expected));
  candidate.look.start(Examination::Scope::full, timeout, false);
}

void Registry::remove(std::string_view path, std::function<void()> removed) {
  {
    const MutexLock lock(impl_->mutex);
    if (const auto doubt = impl_->distrusted.find(path); doubt != impl_->distrusted.end()) {
      impl_->distrusted.erase(doubt);
    }
  }
  for (const auto& head : heads()) {
    if (head->core().has_path(path) && head->core().remove_path(path, removed)) return;
  }
  if (removed) removed();
}

void Registry::recheck(std::string_view path, bool revalidate) noexcept {
  for (const auto& head : heads()) {
    if (head->core().recheck(path, revalidate)) return;
  }
}

void Registry::hold_writes(std::string_view wwid) {
  const MutexLock lock(impl_->mutex);
  impl_->holding_writes.emplace(wwid);
}

void Registry::let_write(std::string_view wwid) {
  std::vector<std::shared_ptr<Head>> freed;
  {
    const MutexLock lock(impl_->mutex);
    const auto place = impl_->holding_writes.find(wwid);
    if (place == impl_->holding_writes.end()) return;
    impl_->holding_writes.erase(place);
    for (const auto& head : impl_->heads) {
      if (!impl_->holds_writes(head->wwid())) freed.push_back(head);
    }
  }
  for (const auto& head : freed) head->core().let_write();
}

void Registry::distrust(std::string_view path, const std::string& why) {
  {
    const MutexLock lock(impl_->mutex);
    impl_->distrusted.emplace(path, why);
  }
  for (const auto& head : heads()) {
    if (head->core().distrust(path, why)) return;
  }
}

Duration Registry::ghost_timeout(std::string_view wwid) const {
  if (const auto head = impl_->find(wwid)) return head->settings().ghost_timeout;
  return impl_->parts.profile ? impl_->parts.profile(wwid).settings.ghost_timeout
                              : impl_->parts.defaults.ghost_timeout;
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
