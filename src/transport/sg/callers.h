// SPDX-License-Identifier: LGPL-2.1-or-later
// The threads that wait for the kernel, shared by all paths.
#pragma once

#include <memory>
#include <vector>

#include "mutex.h"
#include "thread.h"

namespace scsimpath::sg {

/// As many as are needed, up to a limit that does not depend on the number of paths. A client may
/// have no more of them than are left for the others. So k paths that never answer have
/// most/(k+1) threads each, and as many are left: no number of stuck paths below `most` keeps
/// another from sending.
class Callers {
 public:
  /// Once made a thread stays.
  struct Size {
    unsigned reserve = 4;  ///< there from the start
    unsigned most = 256;
  };

  class Client {
   public:
    Client() = default;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    virtual ~Client() = default;
    /// On a caller's thread, once for each time it was asked for. May block.
    virtual void call() noexcept = 0;

   private:
    friend class Callers;
    // Under the callers' mutex.
    std::shared_ptr<Client> self_;  ///< while it is in line
    Client* next_ = nullptr;
    unsigned asked_ = 0;    ///< calls that are to come
    unsigned callers_ = 0;  ///< threads that are with it
  };

  /// Throws std::system_error when the reserve can't be had.
  explicit Callers(Size size);
  Callers() : Callers(Size{}) {}
  /// What was asked for is done first.
  ~Callers();
  Callers(const Callers&) = delete;
  Callers& operator=(const Callers&) = delete;

  /// Any thread; never waits, and allocates only for a further thread.
  void ask(const std::shared_ptr<Client>& client) noexcept;

  /// Threads that are with a client. Any thread.
  [[nodiscard]] unsigned busy() noexcept;
  [[nodiscard]] unsigned size() noexcept;

 private:
  void loop() noexcept;
  void start_thread() REQUIRES(mutex_);
  void stop() noexcept;
  /// Sees to a thread for a call that none is on its way to, where there is to be one.
  void summon() noexcept REQUIRES(mutex_);
  [[nodiscard]] Client* next_client() const noexcept REQUIRES(mutex_);
  void line_up(Client& client) noexcept REQUIRES(mutex_);
  void leave_line(Client& client) noexcept REQUIRES(mutex_);

  const Size size_;

  Mutex mutex_;  // innermost: nothing is called with it held
  CondVar changed_;
  Client* first_ GUARDED_BY(mutex_) = nullptr;
  Client* last_ GUARDED_BY(mutex_) = nullptr;
  unsigned busy_ GUARDED_BY(mutex_) = 0;
  unsigned idle_ GUARDED_BY(mutex_) = 0;
  unsigned woken_ GUARDED_BY(mutex_) = 0;     ///< of the idle ones, those on their way
  unsigned starting_ GUARDED_BY(mutex_) = 0;  ///< on their way for the first time
  unsigned calls_ GUARDED_BY(mutex_) = 0;     ///< that are to come, of all clients
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<Thread> threads_ GUARDED_BY(mutex_);
};

}  // namespace scsimpath::sg
