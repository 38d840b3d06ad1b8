// SPDX-License-Identifier: LGPL-2.1-or-later
// All heads: sorts paths into them by the identity that the devices report.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scsimpath/event.h"
#include "scsimpath/head.h"
#include "scsimpath/result.h"
#include "scsimpath/runtime.h"
#include "scsimpath/transport.h"

namespace scsimpath {

/// What the configuration says of the head with a WWID.
struct HeadProfile {
  std::string alias;  ///< empty: none
  HeadSettings settings;
};

/// Hears of heads that come, grow and go. Called on any thread with no lock held, one call at a
/// time for one head.
class HeadObserver {
 public:
  virtual ~HeadObserver() = default;
  virtual void head_added(const std::shared_ptr<Head>& head) = 0;
  virtual void head_resized(const std::shared_ptr<Head>& head) = 0;
  virtual void head_removed(const std::shared_ptr<Head>& head) = 0;
  /// Whether somebody would miss it: a head without paths is kept then. Asked with the registry's
  /// lock held: must not call it, nor wait for those who do.
  [[nodiscard]] virtual bool in_use(const Head& head) = 0;
};

/// Every method: any thread, unless said otherwise.
class Registry {
 public:
  struct Parts {
    Runtime& runtime;
    EventSink& events;
    /// Asked once when a head is made. Any thread; may be called with the registry's lock held.
    std::function<HeadProfile(std::string_view wwid)> profile;
    HeadObserver* observer = nullptr;
    HeadSettings defaults{};        ///< bounds the first look at a device
    std::size_t max_clones = 4096;  ///< of one head at once; beyond it requests wait
  };
  /// Called once on any thread with no lock held. An error: the path carries nothing and is gone.
  using Added = std::function<void(Result<std::shared_ptr<Head>>)>;

  explicit Registry(Parts parts);
  /// Only after `close` has called back.
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// Asks the device who it is (INQUIRY, VPD 83h, capacity, ALUA) and joins the path to its head,
  /// made when it is the first. It answers at the latest after the default io_timeout. A path that
  /// cannot be reached, has no unique id, is not the `expected` WWID where one is given, or claims
  /// another head's WWID with another vendor, product, serial, block size or capacity, is refused.
  void add(std::unique_ptr<Transport> transport, Added added, std::string expected = {});

  /// The system has told of a change of the device behind this path: it is checked now, and with
  /// `revalidate` it carries nothing until it was.
  void recheck(std::string_view path, bool revalidate) noexcept;

  /// Takes a path out for good: it carries nothing new, its commands in flight are waited for, then
  /// the transport is destroyed and `removed` called.
  void remove(std::string_view path, std::function<void()> removed);

  /// Commands of an earlier process may yet be executed by the disk of this WWID: its head, one to
  /// come too, holds writes until `let_write`. An empty WWID stands for every disk.
  void hold_writes(std::string_view wwid);
  void let_write(std::string_view wwid);
  /// They are not back from this path, or one to come of this name, in time: it carries no writes
  /// until the administrator brings it back, or it was removed. `why` is for people.
  void distrust(std::string_view path, const std::string& why);
  /// For how long a write of this disk waits for them.
  [[nodiscard]] Duration ghost_timeout(std::string_view wwid) const;

  [[nodiscard]] std::vector<std::shared_ptr<Head>> heads() const;
  [[nodiscard]] std::shared_ptr<Head> find(std::string_view name) const;

  /// For the end of the program: from now on nothing is held on any head; what is held, or would
  /// be, ends with `io`. Commands in flight go on.
  void stop_holding() noexcept;

  /// No request may be with a head any more. Stops the checks, waits for every command, destroys
  /// the transports and calls `closed`.
  void close(std::function<void()> closed);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace scsimpath
