// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel's SCSI disks of a mount.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "configuration.h"
#include "machine.h"
#include "monitor.h"
#include "path_keeper.h"
#include "scsimpath/candidate.h"
#include "scsimpath/registry.h"
#include "scsimpath/result.h"
#include "scsimpath/runtime.h"
#include "sg_opener.h"
#include "sg_transport.h"
#include "worker_pool.h"

namespace scsimpath::daemon {

/// Finds them, hands them to the registry, and follows their coming and going. Outlives the
/// registry's paths: stop it, close the registry, destroy it.
class RealDisks {
 public:
  RealDisks(const settings::Configuration& configuration, Runtime& runtime, Registry& registry);
  ~RealDisks();
  RealDisks(const RealDisks&) = delete;
  RealDisks& operator=(const RealDisks&) = delete;

  /// Takes those there are; returns when it is decided about each, or at io_timeout, or when
  /// nobody is waited for any more to let go of one. What cannot be used and was named, or lacks
  /// nothing but ALUA, is said, a line each. An error when a list names devices and none of them
  /// works. Once.
  [[nodiscard]] Result<void> start();
  /// Any thread; never waits.
  [[nodiscard]] std::vector<Candidate> candidates() const;
  /// No path is added or removed any more.
  void stop() noexcept;

 private:
  struct Listed {
    std::string node;
    std::string name;   ///< H:C:T:L, empty: it has none
    std::string error;  ///< why not
  };

  [[nodiscard]] discovery::Admission rules(const settings::Configuration& configuration);
  [[nodiscard]] Result<void> listen();
  void wait_until_settled();
  [[nodiscard]] Result<void> report() const;

  Runtime& runtime_;
  const Duration patience_;
  std::vector<Listed> listed_;
  discovery::Machine machine_;
  sg::Service service_;
  discovery::SgOpener opener_;
  WorkerPool thread_{1};
  discovery::PathKeeper keeper_;
  std::unique_ptr<discovery::Monitor> monitor_;
};

}  // namespace scsimpath::daemon
