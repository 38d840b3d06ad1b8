// SPDX-License-Identifier: LGPL-2.1-or-later
// The ring of events and what its readers get.
#include "event_log.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "text.h"

using namespace scsimpath;
using scsimpath::fuse::EventLog;

namespace {

EventLog::WallTime some_time() noexcept {
  return EventLog::WallTime(std::chrono::microseconds(1'770'000'000'000'042));
}

struct Fixture {
  EventLog log{&some_time};
  void publish(int from, int to) {
    for (int i = from; i < to; ++i) {
      log.publish({EventKind::path_failed, "head", "emu0", std::to_string(i)});
    }
  }
  std::vector<nlohmann::json> read(std::uint64_t& cursor, std::size_t enough = 1 << 30) {
    std::string text;
    log.read(cursor, enough, text);
    std::vector<nlohmann::json> lines;
    BOOST_TEST((text.empty() || text.back() == '\n'));
    for (const auto line : split(trim(text), '\n')) {
      if (!line.empty()) lines.push_back(nlohmann::json::parse(line));
    }
    return lines;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(event_log, Fixture)

BOOST_AUTO_TEST_CASE(a_line_has_the_keys_of_the_contract) {
  publish(0, 1);
  std::uint64_t cursor = 0;
  const auto lines = read(cursor);
  BOOST_TEST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines[0]["time"] == "2026-02-02T02:40:00.000042Z");
  BOOST_TEST(lines[0]["event"] == "path-failed");
  BOOST_TEST(lines[0]["head"] == "head");
  BOOST_TEST(lines[0]["path"] == "emu0");
  BOOST_TEST(lines[0]["reason"] == "0");
}

BOOST_AUTO_TEST_CASE(a_change_of_a_paths_state_has_its_cause_in_codes) {
  const CommandEnd end{.opcode = 0x2a, .host = 0x07, .status = 0x02, .sense = {{2, 0x04, 0x0b}}};
  log.publish({EventKind::path_failed, "head", "emu0", "why", PathState::failed, end});
  log.publish({EventKind::path_state_changed, "head", "emu0", "", PathState::ghost});
  const CommandEnd gone{.opcode = 0x88, .os_error = ENODEV};
  log.publish({EventKind::path_failed, "head", "emu0", "", PathState::failed, gone});
  std::uint64_t cursor = 0;
  const auto lines = read(cursor);
  BOOST_TEST_REQUIRE(lines.size() == 3U);
  BOOST_TEST(lines[0]["state"] == "failed");
  BOOST_TEST(lines[0]["opcode"] == "0x2a");
  BOOST_TEST(lines[0]["host"] == "0x07");
  BOOST_TEST(lines[0]["status"] == "0x02");
  BOOST_TEST(lines[0]["sense"] == "2/04/0b");
  BOOST_TEST(!lines[0].contains("errno"));
  BOOST_TEST(lines[1]["state"] == "ghost");
  BOOST_TEST(!lines[1].contains("opcode"));
  BOOST_TEST(lines[2]["errno"] == ENODEV);
  BOOST_TEST(!lines[2].contains("sense"));
}

BOOST_AUTO_TEST_CASE(a_reader_gets_each_event_once_and_in_order) {
  std::uint64_t cursor = log.oldest();
  publish(0, 3);
  BOOST_TEST(read(cursor).size() == 3U);
  BOOST_TEST(read(cursor).empty());
  publish(3, 5);
  const auto lines = read(cursor);
  BOOST_TEST_REQUIRE(lines.size() == 2U);
  BOOST_TEST(lines[0]["reason"] == "3");
  BOOST_TEST(lines[1]["reason"] == "4");
}

BOOST_AUTO_TEST_CASE(a_new_reader_begins_with_the_last_thousand) {
  publish(0, 1500);
  std::uint64_t cursor = log.oldest();
  const auto lines = read(cursor);
  BOOST_TEST_REQUIRE(lines.size() == 1000U);
  BOOST_TEST(lines.front()["reason"] == "500");
  BOOST_TEST(lines.back()["reason"] == "1499");
}

BOOST_AUTO_TEST_CASE(a_slow_reader_is_told_how_many_it_missed) {
  std::uint64_t cursor = log.oldest();
  publish(0, 1017);
  const auto lines = read(cursor);
  BOOST_TEST_REQUIRE(lines.size() == 1001U);
  BOOST_TEST(lines[0]["event"] == "dropped");
  BOOST_TEST(lines[0]["count"] == 17);
  BOOST_TEST(lines[1]["reason"] == "17");
  BOOST_TEST(read(cursor).empty());
}

BOOST_AUTO_TEST_CASE(a_small_reader_gets_no_more_than_it_needs) {
  publish(0, 10);
  std::uint64_t cursor = 0;
  BOOST_TEST(read(cursor, 1).size() == 1U);
  BOOST_TEST(cursor == 1U);
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_still_makes_a_line) {
  log.publish({EventKind::no_path, "h\xff", "", "a\nb"});
  std::uint64_t cursor = 0;
  const auto lines = read(cursor);
  BOOST_TEST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines[0]["reason"] == "a\nb");
}

BOOST_AUTO_TEST_CASE(the_listener_hears_of_each_event_until_it_is_taken_off) {
  int heard = 0;
  log.set_listener([&] { ++heard; });
  publish(0, 2);
  log.set_listener(nullptr);
  publish(2, 4);
  BOOST_TEST(heard == 2);
}

BOOST_AUTO_TEST_SUITE_END()
