// SPDX-License-Identifier: LGPL-2.1-or-later
// mlockall, PR_SET_IO_FLUSHER and the OOM score.
#include "hardening.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string_view>
#include <vector>

#include "fd.h"
#include "text.h"

#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57
#endif

namespace scsimpath::daemon {
namespace {

bool lock_memory() {
  // Under a limit the lock would turn later allocations into failures.
  rlimit limit{};
  const bool unlimited = ::geteuid() == 0 || (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
                                              limit.rlim_cur == RLIM_INFINITY);
  return unlimited && ::mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
}

bool refuse_oom_killer() {
  constexpr std::string_view never = "-1000";
  const Fd fd(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  return fd && ::write(fd.get(), never.data(), never.size()) == static_cast<ssize_t>(never.size());
}

}  // namespace

std::string harden_process() {
  std::vector<std::string> missing;
  if (!lock_memory()) missing.emplace_back("its memory is not locked");
  if (::prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0) != 0) {
    missing.emplace_back("it is not marked as serving I/O");
  }
  if (!refuse_oom_killer()) missing.emplace_back("the OOM killer may choose it");
  if (missing.empty()) return {};
  return "the process lacks privileges, so that I/O may stall when memory runs out: " +
         join(missing, ", ");
}

}  // namespace scsimpath::daemon
