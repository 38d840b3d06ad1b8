// SPDX-License-Identifier: LGPL-2.1-or-later
// The log reaches stderr, keeps its level and its rate.
#include "log.h"

#include <stdio.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "rate_limit.h"
#include "temporary_folder.h"

using namespace scsimpath;

namespace {

/// What was written to stderr while `body` ran, line by line.
template <class Body>
std::vector<std::string> stderr_of(Body body) {
  const test::TemporaryFolder folder;
  const std::string name = (folder.path() / "stderr").string();
  const int saved = ::dup(STDERR_FILENO);
  FILE* file = ::fopen(name.c_str(), "w");
  ::dup2(::fileno(file), STDERR_FILENO);
  body();
  ::fflush(stderr);
  ::dup2(saved, STDERR_FILENO);
  ::close(saved);
  ::fclose(file);
  std::vector<std::string> lines;
  std::ifstream written(name);
  for (std::string line; std::getline(written, line);) lines.push_back(line);
  return lines;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(logging)

BOOST_AUTO_TEST_CASE(lines_carry_the_program_and_the_text) {
  const auto lines = stderr_of([] { log::warn("disk {} has {} paths", "a", 2); });
  BOOST_TEST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines[0] == "unit_base: disk a has 2 paths");
}

BOOST_AUTO_TEST_CASE(what_is_below_the_level_is_not_said) {
  const auto lines = stderr_of([] {
    log::debug("not this");
    log::set_level(log::Level::debug);
    log::debug("this");
    log::set_level(log::Level::error);
    log::warn("not this");
    log::error("that");
    log::set_level(log::Level::info);
  });
  BOOST_TEST((lines == std::vector<std::string>{"unit_base: this", "unit_base: that"}));
}

BOOST_AUTO_TEST_CASE(a_flood_is_cut_and_the_other_levels_are_heard) {
  const auto lines = stderr_of([] {
    for (int i = 0; i < 10000; ++i) log::info("flood {}", i);
    log::error("heard");
  });
  BOOST_TEST(lines.size() < 1000U);
  BOOST_TEST_REQUIRE(!lines.empty());
  BOOST_TEST(lines.back() == "unit_base: heard");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rate_limit)

BOOST_AUTO_TEST_CASE(lets_a_burst_through_then_one_each_interval) {
  using std::chrono::milliseconds;
  RateLimit limit(3, milliseconds(100));
  const Instant start{std::chrono::seconds(5)};
  for (int i = 0; i < 3; ++i) BOOST_TEST(limit.allow(start));
  BOOST_TEST(!limit.allow(start));
  BOOST_TEST(!limit.allow(start + milliseconds(99)));
  BOOST_TEST(limit.take_refused() == 2U);
  BOOST_TEST(limit.take_refused() == 0U);
  BOOST_TEST(limit.allow(start + milliseconds(100)));
  BOOST_TEST(!limit.allow(start + milliseconds(199)));
  BOOST_TEST(limit.allow(start + milliseconds(200)));
}

BOOST_AUTO_TEST_CASE(never_saves_more_than_a_burst) {
  RateLimit limit(2, std::chrono::milliseconds(10));
  Instant now{std::chrono::seconds(5)};
  BOOST_TEST(limit.allow(now));
  BOOST_TEST(limit.allow(now));
  now += std::chrono::hours(1);
  BOOST_TEST(limit.allow(now));
  BOOST_TEST(limit.allow(now));
  BOOST_TEST(!limit.allow(now));
  // A clock that stands still or a caller that comes late gives nothing for free.
  BOOST_TEST(!limit.allow(now - std::chrono::seconds(1)));
}

BOOST_AUTO_TEST_SUITE_END()
