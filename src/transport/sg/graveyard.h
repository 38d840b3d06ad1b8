// SPDX-License-Identifier: LGPL-2.1-or-later
// Where descriptors wait that nobody uses any more: they are closed when nothing is in flight.
#pragma once

#include <memory>

#include "mutex.h"
#include "thread.h"

namespace scsimpath::sg {

/// Closing may block for as long as the kernel likes: that meets this thread alone.
class Graveyard {
 public:
  class Remains {
   public:
    Remains() = default;
    Remains(const Remains&) = delete;
    Remains& operator=(const Remains&) = delete;
    virtual ~Remains() = default;
    /// Whether it can be closed; once true it stays so. Any thread.
    [[nodiscard]] virtual bool at_rest() noexcept = 0;
    /// Once, on the graveyard's thread. May block.
    virtual void close() noexcept = 0;

   private:
    friend class Graveyard;
    std::shared_ptr<Remains> below_;
  };

  /// Starts the thread; throws std::system_error when there can be none.
  Graveyard();
  /// Closes what is at rest. The rest stays open, and its memory in place, until the process ends:
  /// the kernel may write to it yet.
  ~Graveyard();
  Graveyard(const Graveyard&) = delete;
  Graveyard& operator=(const Graveyard&) = delete;

  /// Any thread; neither blocks nor allocates.
  void bury(std::shared_ptr<Remains> remains) noexcept;
  /// Any thread: something buried may have come to rest.
  void look_again() noexcept;
  /// How many are not closed yet. Any thread.
  [[nodiscard]] std::size_t size() noexcept;

 private:
  void loop() noexcept;
  [[nodiscard]] std::shared_ptr<Remains> exhume() noexcept REQUIRES(mutex_);

  Mutex mutex_;  // at_rest() is called with it held, so it comes before a channel's
  CondVar changed_;
  std::shared_ptr<Remains> top_ GUARDED_BY(mutex_);
  std::size_t size_ GUARDED_BY(mutex_) = 0;
  bool look_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;

  Thread thread_;  // last: it uses all the others
};

}  // namespace scsimpath::sg
