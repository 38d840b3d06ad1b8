// SPDX-License-Identifier: LGPL-2.1-or-later
// The first looks of a process, at the same time: a program of its own, since there is one first
// use.
#include <dlfcn.h>
#include <stdio.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <semaphore>
#include <thread>

#include "look.h"

using namespace scsimpath;
using namespace std::chrono_literals;

namespace {

std::binary_semaphore began(0);
std::binary_semaphore may_go_on(0);
std::atomic<bool> is_prepared{false};

}  // namespace

/// In place of the C library's, for libsgutils2 too, which finds bsg's major number in
/// /proc/devices.
extern "C" FILE* fopen64(const char* name, const char* mode) {
  using Function = FILE* (*)(const char*, const char*);
  static const auto next = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "fopen64"));
  if (std::strcmp(name, "/proc/devices") == 0) {
    began.release();
    (void)may_go_on.try_acquire_for(10s);
    is_prepared = true;
  }
  return next(name, mode);
}

BOOST_AUTO_TEST_CASE(who_looks_while_the_library_prepares_itself_waits_for_that) {
  std::thread first([] { (void)sg::look("/dev/null", 1s); });
  began.acquire();
  std::binary_semaphore ended(0);
  bool was_prepared = false;
  std::thread second([&] {
    (void)sg::look("/dev/null", 1s);
    was_prepared = is_prepared;
    ended.release();
  });
  // If it does not wait it ends long before that.
  (void)ended.try_acquire_for(200ms);
  may_go_on.release();
  first.join();
  second.join();
  BOOST_TEST(was_prepared);
}
