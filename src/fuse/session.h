// SPDX-License-Identifier: LGPL-2.1-or-later
// The file system: mounts, serves, unmounts.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "event_log.h"
#include "mutex.h"
#include "scsimpath/candidate.h"
#include "scsimpath/registry.h"
#include "scsimpath/result.h"
#include "scsimpath/runtime.h"

namespace scsimpath::fuse {

struct Options {
  std::string source;      ///< as given; it becomes fsname
  std::string mountpoint;  ///< absolute
  uid_t uid = 0;
  gid_t gid = 0;
  mode_t mode = 0600;  ///< of the heads' files
  bool allow_other = false;
  bool read_only = false;
  bool page_cache = false;
  bool debug = false;                        ///< libfuse prints every message
  std::vector<std::string> libfuse_options;  ///< each as after -o; unknown ones fail the mount
  /// Asked before an xattr changes a head's settings; an error refuses it. Null: nothing is
  /// refused. Any thread.
  std::function<Result<void>(const HeadSettings&)> permit;
  /// The machine's disks, used or refused. Null: none. Any thread; must not wait.
  std::function<std::vector<Candidate>()> candidates;
  /// Puts a warning in the log, without waiting for it. Null: it is not said. Any thread.
  std::function<void(const std::string&)> warn;
};

/// One mount. It shows the registry's heads, those there are and those it is told of as observer.
class Session final : public HeadObserver {
 public:
  /// Mounts. Starts no thread: it may be followed by a fork. `registry`, `events` and `runtime`
  /// outlive the session.
  [[nodiscard]] static Result<std::unique_ptr<Session>> mount(Registry& registry, EventLog& events,
                                                              Runtime& runtime,
                                                              const Options& options);
  /// Unmounts (lazily when it is in use).
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Serves in threads of its own; returns when the file system was unmounted or `stop` was called,
  /// and no request is with a head any more; data written and not flushed is flushed by then. When
  /// serving has ended it calls `Registry::stop_holding`. Call once, and do not fork after it.
  void run();

  /// Makes `run` return. Any thread, at any time, any number of times; not from a signal handler.
  void stop() noexcept;

  /// Files open when `run` returned; they see errors from now on.
  [[nodiscard]] std::size_t open_files() const noexcept;

  /// Held while a head's settings are read, changed and applied, so that two changes do not undo
  /// each other.
  [[nodiscard]] Mutex& settings_mutex() noexcept;

  void head_added(const std::shared_ptr<Head>& head) override;
  void head_resized(const std::shared_ptr<Head>& head) override;
  void head_removed(const std::shared_ptr<Head>& head) override;
  [[nodiscard]] bool in_use(const Head& head) override;

  struct Impl;

 private:
  explicit Session(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scsimpath::fuse
