// SPDX-License-Identifier: LGPL-2.1-or-later
// What all handlers of one mount share.
#pragma once

#include <ctime>

#include "backlog.h"
#include "event_log.h"
#include "event_readers.h"
#include "head_users.h"
#include "interrupts.h"
#include "io_pool.h"
#include "mutex.h"
#include "open_handles.h"
#include "scsimpath/registry.h"
#include "scsimpath/runtime.h"
#include "session.h"
#include "tree.h"

namespace scsimpath::fuse {

struct Service {
  /// Throws std::bad_alloc.
  Service(Registry& the_registry, EventLog& the_log, Runtime& the_runtime, Options the_options)
      : registry(the_registry),
        runtime(the_runtime),
        options(std::move(the_options)),
        readers(the_log) {}

  [[nodiscard]] static Service& of(fuse_req_t req) noexcept {
    return *static_cast<Service*>(fuse_req_userdata(req));
  }

  // Constant.
  Registry& registry;
  Runtime& runtime;
  const Options options;
  const std::time_t mounted = std::time(nullptr);
  const Instant started = runtime.clock.now();
  int device = -1;  ///< /dev/fuse, set once mounted

  // Self-synchronised.
  Tree tree;
  Interrupts interrupts;
  Backlog backlog;
  EventReaders readers;
  HeadUsers head_users;
  OpenHandles open_files;
  OpenHandles open_directories;
  Mutex settings_mutex;  ///< see Session

  static constexpr std::size_t reserve = 64;
  IoPool pool{*this, reserve, IoPool::default_limit()};  // last: what it holds uses the others
};

}  // namespace scsimpath::fuse
