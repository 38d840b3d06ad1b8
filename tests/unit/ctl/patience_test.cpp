// SPDX-License-Identifier: LGPL-2.1-or-later
// Questions that are answered, refused, never answered.
#include "patience.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>

namespace scsimpath::ctl {
namespace {

using std::chrono::milliseconds;

BOOST_AUTO_TEST_SUITE(patience_with_a_mount)

BOOST_AUTO_TEST_CASE(an_answer_is_passed_on_whole) {
  const std::string long_answer(1 << 20, 'x');
  const Result<std::string> answer = ask([&]() -> Result<std::string> { return long_answer; });
  BOOST_REQUIRE(answer.has_value());
  BOOST_TEST((*answer == long_answer));
}

BOOST_AUTO_TEST_CASE(an_error_is_passed_on) {
  const Result<std::string> answer =
      ask([]() -> Result<std::string> { return fail(ENODATA, "no such thing"); });
  BOOST_REQUIRE(!answer.has_value());
  BOOST_TEST(answer.error().number == ENODATA);
  BOOST_TEST(answer.error().message == "no such thing");
}

BOOST_AUTO_TEST_CASE(a_question_without_an_answer_times_out) {
  const Result<std::string> answer = ask(
      []() -> Result<std::string> {
        for (;;) ::pause();
      },
      milliseconds(20));
  BOOST_REQUIRE(!answer.has_value());
  BOOST_TEST(answer.error().number == ETIMEDOUT);
}

BOOST_AUTO_TEST_CASE(a_child_that_dies_is_no_answer) {
  const Result<std::string> answer = ask([]() -> Result<std::string> { ::_exit(3); });
  BOOST_REQUIRE(!answer.has_value());
  BOOST_TEST(answer.error().number == ETIMEDOUT);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scsimpath::ctl
