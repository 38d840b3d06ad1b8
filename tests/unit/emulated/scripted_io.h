// SPDX-License-Identifier: LGPL-2.1-or-later
// pread, pwrite, fallocate and fdatasync of this test program fail, or move less, when a test says
// so.
#pragma once

#include <atomic>
#include <cstddef>

namespace scsimpath::test {

struct ScriptedIo {
  std::atomic<int> error{0};         ///< every transfer or flush fails with this errno
  std::atomic<int> flush_error{0};   ///< only a flush fails with this errno
  std::atomic<int> punch_error{0};   ///< only making a hole fails with this errno
  std::atomic<int> interrupts{0};    ///< so many calls first end with EINTR
  std::atomic<std::size_t> most{0};  ///< bytes one call moves at most; 0: all
  std::atomic<int> transfers{0};
  std::atomic<int> flushes{0};

  void reset() noexcept {
    error = 0;
    flush_error = 0;
    punch_error = 0;
    interrupts = 0;
    most = 0;
    transfers = 0;
    flushes = 0;
  }
};

inline ScriptedIo scripted_io;

/// Back to honest I/O when the test is over.
struct ScriptedIoScope {
  ScriptedIoScope() noexcept { scripted_io.reset(); }
  ~ScriptedIoScope() { scripted_io.reset(); }
  ScriptedIoScope(const ScriptedIoScope&) = delete;
  ScriptedIoScope& operator=(const ScriptedIoScope&) = delete;
};

}  // namespace scsimpath::test
