// SPDX-License-Identifier: LGPL-2.1-or-later
// Wires the layers together and takes them apart in order.
#include "daemon.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <latch>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "control_thread.h"
#include "disks.h"
#include "event_log.h"
#include "event_logger.h"
#include "hardening.h"
#include "log.h"
#include "mutex.h"
#include "observer_relay.h"
#include "profiles.h"
#include "real_disks.h"
#include "reload.h"
#include "scsimpath/registry.h"
#include "service_manager.h"
#include "session.h"
#include "signals.h"
#include "steady_clock.h"
#include "worker_pool.h"

namespace scsimpath::daemon {
namespace {

/// They drain requeues and carry checks and late retries; requests are carried by the file
/// system's.
constexpr unsigned worker_count = 4;

/// What everything runs on; stopped last.
struct Machinery {
  SteadyClock clock;
  WorkerPool workers{worker_count};
  ControlThread control;
  Runtime runtime{clock, control, control, workers};

  ~Machinery() {
    control.stop();
    workers.stop();
  }
};

/// Closes the registry, whichever way the mount ends, once nobody adds to it.
class RegistryCloser {
 public:
  RegistryCloser(Registry& registry, RealDisks* real_disks)
      : registry_(registry), real_disks_(real_disks) {}
  RegistryCloser(const RegistryCloser&) = delete;
  RegistryCloser& operator=(const RegistryCloser&) = delete;
  ~RegistryCloser() {
    if (real_disks_ != nullptr) real_disks_->stop();
    registry_.stop_holding();
    std::latch closed(1);
    registry_.close([&] { closed.count_down(); });
    closed.wait();
  }

 private:
  Registry& registry_;
  RealDisks* const real_disks_;
};

std::unique_ptr<RealDisks> make_real_disks(const settings::Configuration& configuration,
                                           Runtime& runtime, Registry& registry) {
  if (!configuration.contents.udev && configuration.contents.lists.empty()) return nullptr;
  return std::make_unique<RealDisks>(configuration, runtime, registry);
}

/// Adds every path and waits until each was asked who it is. A disk none of whose paths was taken
/// is an error.
Result<void> add_paths(Registry& registry, std::vector<Disks::Disk>& disks) {
  for (Disks::Disk& disk : disks) {
    const std::size_t count = disk.paths.size();
    std::vector<Result<std::shared_ptr<Head>>> answers(count);
    std::latch all(static_cast<std::ptrdiff_t>(count));
    for (std::size_t i = 0; i < count; ++i) {
      registry.add(std::move(disk.paths[i]), [&answers, &all, i](auto answer) {
        answers[i] = std::move(answer);
        all.count_down();
      });
    }
    all.wait();
    disk.paths.clear();
    std::size_t refused = 0;
    for (const auto& answer : answers) {
      if (answer) continue;
      ++refused;
      if (refused == count) {
        return fail(answer.error().number,
                    fmt::format("{}: {}", disk.image, answer.error().message));
      }
      log::warn("{}: a path was refused: {}", disk.image, answer.error().message);
    }
  }
  return {};
}

fuse::Options to_options(const Plan& plan, const RequestTimeouts& limits,
                         const RealDisks* real_disks, EventLogger& events) {
  const settings::MountSettings mount = plan.configuration.mount();
  return {
      .source = plan.configuration.source,
      .mountpoint = plan.mountpoint,
      .uid = mount.uid.value_or(::getuid()),
      .gid = mount.gid.value_or(::getgid()),
      .mode = mount.mode,
      .allow_other = mount.allow_other,
      .read_only = mount.read_only,
      .page_cache = mount.page_cache,
      .debug = plan.debug,
      .libfuse_options = plan.configuration.options.libfuse,
      .permit =
          [limits](const HeadSettings& settings) { return check_kernel_limits(settings, limits); },
      .candidates =
          [real_disks] {
            return real_disks != nullptr ? real_disks->candidates() : std::vector<Candidate>();
          },
      .warn = [&events](const std::string& text) { events.warn(text); }};
}

void say_ready(const Plan& plan, Background& background, const std::string& lacking) {
  background.ready();
  if (!lacking.empty()) log::warn("{}", lacking);
  log::info("{} is mounted on {}", plan.configuration.source, plan.mountpoint);
  tell_service_manager(fmt::format("READY=1\nMAINPID={}", ::getpid()));
}

void say_reloading(Profiles& profiles, Registry& registry, Mutex& settings_mutex,
                   const RequestTimeouts& limits) noexcept {
  tell_service_manager("RELOADING=1");
  try {
    reload(profiles, registry, settings_mutex, limits);
  } catch (const std::exception& error) {
    log::error("the configuration could not be read again: {}", error.what());
  }
  tell_service_manager("READY=1");
}

Result<void> serve_unguarded(const Plan& plan, Background& background) {
  const std::string lacking = harden_process();
  Machinery machinery;
  fuse::EventLog ring;
  EventLogger events(ring);

  Disks disks;
  if (auto good = disks.open(plan.configuration, machinery.runtime); !good) return good;
  Profiles profiles(plan.configuration, disks.wwids());
  ObserverRelay relay;
  Registry registry({.runtime = machinery.runtime,
                     .events = events,
                     .profile = [&](std::string_view wwid) { return profiles.find(wwid); },
                     .observer = &relay,
                     .defaults = plan.configuration.defaults()});
  const auto real_disks = make_real_disks(plan.configuration, machinery.runtime, registry);
  const RegistryCloser closer(registry, real_disks.get());
  if (auto good = add_paths(registry, disks.all()); !good) return good;
  if (real_disks != nullptr) {
    if (auto good = real_disks->start(); !good) return good;
  }

  // The kernel keeps to what they are now for as long as it is mounted.
  const RequestTimeouts limits = read_request_timeouts();
  auto session = fuse::Session::mount(registry, ring, machinery.runtime,
                                      to_options(plan, limits, real_disks.get(), events));
  if (!session) return std::unexpected(session.error());
  relay.set(session->get());
  // Those that came before it listened; it knows the others.
  for (const auto& head : registry.heads()) (*session)->head_added(head);
  {
    Signals signals;
    auto good = signals.listen(
        [&] { (*session)->stop(); },
        [&] { say_reloading(profiles, registry, (*session)->settings_mutex(), limits); });
    if (!good) {
      relay.set(nullptr);
      return good;
    }
    disks.keep_images();
    say_ready(plan, background, lacking);
    (*session)->run();
    tell_service_manager("STOPPING=1");
  }
  if (const std::size_t open_files = (*session)->open_files(); open_files != 0) {
    log::warn("{}: {} open files see errors from now on", plan.mountpoint, open_files);
  }
  relay.set(nullptr);
  session->reset();
  log::info("{} is not mounted any more", plan.mountpoint);
  return {};
}

}  // namespace

Result<void> serve(const Plan& plan, Background& background) {
  try {
    return serve_unguarded(plan, background);
  } catch (const std::system_error& error) {
    return fail(error.code().value(), error.what());
  } catch (const std::exception& error) {
    return fail(ENOMEM, error.what());
  }
}

}  // namespace scsimpath::daemon
