// SPDX-License-Identifier: LGPL-2.1-or-later
// Refused settings name the cause and the remedy.
#include "refusal.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <string>

namespace scsimpath::ctl {
namespace {

std::string text(int number, const Refusal& refusal) {
  const Place place{{.point = "/mnt"}, "data"};
  const Error error = explain_refusal(place, refusal, {number, "system text"});
  BOOST_TEST(error.number == number);
  return error.message;
}

BOOST_AUTO_TEST_SUITE(refusal)

BOOST_AUTO_TEST_CASE(a_wrong_value_says_where_the_right_ones_are) {
  BOOST_TEST(text(EINVAL, {"iopolicy", "Numa"}) ==
             "Numa: not a value of iopolicy; scsimpath(8) lists them");
  BOOST_TEST(text(EINVAL, {"path.emu0.fault", "no"}) == "no: not a fault; scsimpath(7) lists them");
  BOOST_TEST(text(EINVAL, {"path.emu0.state", "up"}) ==
             "up: not a state that can be set; offline and running can");
}

BOOST_AUTO_TEST_CASE(a_wait_may_be_too_long_for_the_kernel) {
  for (const char* name : {"no_path_timeout", "ghost_timeout"}) {
    BOOST_TEST(text(EINVAL, {name, "quue"}).ends_with(" scsimpath(8) lists them"));
    BOOST_TEST(text(EINVAL, {name, "queue"}).contains("or longer than the kernel"));
    // Which it may have been when it was mounted.
    const std::string none = text(EINVAL, {name, "40"});
    BOOST_TEST(none.starts_with("40: not a value of "));
    BOOST_TEST(
        none.ends_with("; or longer than the kernel let a request take when this was "
                       "mounted; set less, or mount again, now that it has no limit"));
    const std::string one = text(EINVAL, {.name = name, .value = "40", .timeouts = {25, 0}});
    BOOST_TEST(one.starts_with("40: not a value of "));
    BOOST_TEST(one.contains("/proc/sys/fs/fuse/default_request_timeout is 25"));
    BOOST_TEST(!one.contains("max_request_timeout"));
    const std::string both = text(EINVAL, {.name = name, .value = "40", .timeouts = {25, 30}});
    BOOST_TEST(both.contains("/proc/sys/fs/fuse/default_request_timeout is 25"));
    BOOST_TEST(both.contains("/proc/sys/fs/fuse/max_request_timeout is 30"));
  }
  // No other setting makes a request wait.
  BOOST_TEST(text(EINVAL, {.name = "io_timeout", .value = "no", .timeouts = {25, 30}}) ==
             "no: not a value of io_timeout; scsimpath(8) lists them");
}

BOOST_AUTO_TEST_CASE(faults_are_for_emulated_paths) {
  BOOST_TEST(text(ENODATA, {.name = "path.3:0:0:1.fault", .is_fault_of_path = true}) ==
             "path.3:0:0:1.fault: only emulated paths have faults");
  BOOST_TEST(text(ENODATA, {.name = "path.3:0:0:9.fault"}).contains("no such setting or path"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scsimpath::ctl
