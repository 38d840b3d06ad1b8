// SPDX-License-Identifier: LGPL-2.1-or-later
// Who is on the way out.
#include "caller.h"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

using scsimpath::fuse::is_exiting;

BOOST_AUTO_TEST_SUITE(caller)

BOOST_AUTO_TEST_CASE(a_living_thread_is_not_exiting) {
  BOOST_TEST(!is_exiting(gettid()));
  BOOST_TEST(!is_exiting(getppid()));
}

BOOST_AUTO_TEST_CASE(of_nobody_nothing_is_known) {
  BOOST_TEST(!is_exiting(0));
  BOOST_TEST(!is_exiting(-1));
}

BOOST_AUTO_TEST_CASE(a_process_that_has_ended_is_exiting_until_it_was_waited_for) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t info;
  BOOST_TEST_REQUIRE(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);
  BOOST_TEST(is_exiting(child));
  BOOST_TEST(waitpid(child, nullptr, 0) == child);
  BOOST_TEST(!is_exiting(child));
}

BOOST_AUTO_TEST_SUITE_END()
