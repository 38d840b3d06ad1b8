// SPDX-License-Identifier: LGPL-2.1-or-later
// Status and events as they are read and shown.
#include "status.h"

#include <boost/test/unit_test.hpp>

#include "exit_status.h"
#include "print.h"

namespace scsimpath::ctl {
namespace {

constexpr std::string_view status_json = R"({"version":"0.1","pid":7,"source":"emulated:d",
 "heads":[{"name":"data","wwid":"naa.5","size":1073741824,"block_size":512,"vendor":"V",
  "model":"M","iopolicy":"numa","state":"holding","paths_total":2,"paths_usable":0,"held":3,
  "in_flight":1,"no_path_deadline_s":12.25,"counters":{"reads":4,"errors":0},"new_key":[1],
  "paths":[{"name":"emu10","device":"emulated:10","state":"offline",
    "access_state":"active/optimized"},
   {"name":"emu2","device":"emulated:2","state":"failed","access_state":"standby",
    "in_flight":1,"reason":"hung","counters":{"commands":9,"errors":2}}]}]})";

HeadReport head(std::string state) {
  HeadReport report;
  report.name = "data";
  report.state = std::move(state);
  report.paths_usable = 1;
  report.paths_total = 2;
  return report;
}

BOOST_AUTO_TEST_SUITE(status)

BOOST_AUTO_TEST_CASE(every_key_is_read) {
  const Result<StatusReport> report = parse_status(status_json);
  BOOST_REQUIRE(report.has_value());
  BOOST_TEST(report->pid == 7);
  BOOST_REQUIRE(report->heads.size() == 1U);
  const HeadReport& head = report->heads[0];
  BOOST_TEST(head.name == "data");
  BOOST_TEST(head.size == 1073741824U);
  BOOST_TEST(head.held == 3U);
  BOOST_TEST(*head.no_path_deadline_s == 12.25);
  BOOST_REQUIRE(head.counters.size() == 2U);
  BOOST_TEST(head.counters[0].first == "reads");
  BOOST_REQUIRE(head.paths.size() == 2U);
  BOOST_TEST(head.paths[0].errors == 2U);
  BOOST_TEST(head.paths[0].reason == "hung");
}

BOOST_AUTO_TEST_CASE(what_is_no_status_is_refused) {
  for (const char* text : {"", "[]", "{", "null", "\xff"}) {
    BOOST_TEST(!parse_status(text).has_value());
  }
  BOOST_TEST(parse_status(R"({"heads":3,"pid":"x"})")->heads.empty());
  BOOST_TEST(parse_status(R"({"heads":[4,{"paths":[1]}]})")->heads.size() == 1U);
}

BOOST_AUTO_TEST_CASE(list_shows_a_line_per_path) {
  const Result<StatusReport> report = parse_status(status_json);
  BOOST_REQUIRE(report.has_value());
  BOOST_TEST(head_text(report->heads[0], "/mnt") ==
             "data (naa.5) V,M /mnt/data\n"
             "size=1GiB policy='numa' state=holding paths=0/2 held=3 in_flight=1 "
             "no_path_deadline=12.2s\n"
             "|- emu2   failed   standby           emulated:2   in flight 1  errors 2  (hung)\n"
             "`- emu10  offline  active/optimized  emulated:10  in flight 0  errors 0\n");
}

BOOST_AUTO_TEST_CASE(the_next_command_takes_a_path_or_waits) {
  HeadReport report = head("degraded");
  report.next_path = report.next_write_path = "emu0";
  BOOST_TEST(choice_text(report) == "the next read or write takes emu0\n");
  report.next_write_path = "emu1";
  BOOST_TEST(choice_text(report) == "the next read takes emu0, the next write emu1\n");
  report.next_write_path = "";
  BOOST_TEST(choice_text(report) ==
             "the next read takes emu0; the next write waits: no usable path carries writes\n");

  // Whichever path would take them.
  for (const char* path : {"emu0", "emu1", ""}) {
    report.holds_writes = true;
    report.next_write_path = path;
    BOOST_TEST(choice_text(report) ==
               "the next read takes emu0; writes wait: commands that an earlier program has left "
               "may yet be executed\n");
  }
  report.next_path = "";
  BOOST_TEST(choice_text(report).starts_with(
      "the next read or write waits or fails: no path is usable\nwrites wait: "));
}

BOOST_AUTO_TEST_CASE(the_worst_head_decides_the_verdict) {
  BOOST_TEST(judge({}).exit_status == check_ok);
  BOOST_TEST(judge({head("ok")}).exit_status == check_ok);
  BOOST_TEST(judge({head("degraded"), head("ok")}).exit_status == check_degraded);
  BOOST_TEST(judge({head("holding"), head("degraded")}).exit_status == check_critical);
  BOOST_TEST(judge({head("failed")}).exit_status == check_critical);
  BOOST_TEST(judge({head("new")}).exit_status == check_critical);
  BOOST_TEST(judge({head("degraded")}).text ==
             "degraded: 1 head, 1 of 2 paths usable; data degraded 1/2");
}

BOOST_AUTO_TEST_CASE(json_of_several_mounts_names_them) {
  const Result<std::string> all = join_statuses({{"/a", R"({"pid":1})"}, {"/b", R"({"pid":2})"}});
  BOOST_REQUIRE(all.has_value());
  BOOST_TEST(*all == R"([{"mountpoint":"/a","pid":1},{"mountpoint":"/b","pid":2}])");
}

BOOST_AUTO_TEST_CASE(one_heads_json_is_cut_out) {
  const Result<std::string> found = extract_head(status_json, "data");
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->starts_with(R"({"name":"data","wwid":"naa.5")"));
  BOOST_TEST(!extract_head(status_json, "other").has_value());
}

BOOST_AUTO_TEST_CASE(ranges_that_are_locked_are_shown) {
  HeadReport report = head("degraded");
  BOOST_TEST(!head_text(report, "/mnt").contains("ghosts"));
  report.ghosts = 2;
  BOOST_TEST(head_text(report, "/mnt").contains(" ghosts=2"));
  BOOST_TEST(!head_text(report, "/mnt").contains("writes=held"));
  report.holds_writes = true;
  BOOST_TEST(head_text(report, "/mnt").contains(" writes=held"));
}

BOOST_AUTO_TEST_CASE(truth_values_are_read) {
  const Result<StatusReport> report = parse_status(
      R"({"heads":[{"name":"a","holds_writes":true},{"name":"b","holds_writes":false},{"name":"c"}],
        "candidates":[{"device":"/dev/sda","used":true,"reason":""},
                      {"name":"3:0:0:1","device":"/dev/sdb","wwid":"naa.6","used":false,
                       "reason":"no ALUA"}]})");
  BOOST_REQUIRE(report.has_value());
  BOOST_REQUIRE(report->heads.size() == 3U);
  BOOST_TEST(head_text(report->heads[0], "/mnt").contains(" writes=held"));
  BOOST_TEST(!head_text(report->heads[1], "/mnt").contains("writes=held"));
  BOOST_TEST(!head_text(report->heads[2], "/mnt").contains("writes=held"));
  BOOST_REQUIRE(report->refused.size() == 1U);
  BOOST_TEST(candidates_json(report->refused) ==
             R"([{"name":"3:0:0:1","device":"/dev/sdb","wwid":"naa.6","used":false,)"
             R"("reason":"no ALUA"}])");
}

BOOST_AUTO_TEST_CASE(what_went_wrong_is_told_from_what_was_wanted) {
  const auto event = [](const std::string& name, const std::string& more = "") {
    return R"({"event":")" + name + R"(","head":"data")" + more + "}";
  };
  BOOST_TEST(is_trouble(event("path-failed"), "data"));
  BOOST_TEST(is_trouble(event("path-reinstated"), "data"));
  BOOST_TEST(is_trouble(event("path-state-changed", R"(,"state":"ghost")"), "data"));
  BOOST_TEST(!is_trouble(event("path-state-changed", R"(,"state":"running")"), "data"));
  BOOST_TEST(!is_trouble(event("path-added"), "data"));
  BOOST_TEST(!is_trouble(event("iopolicy-changed"), "data"));
  BOOST_TEST(!is_trouble(event("path-failed"), "other"));
  BOOST_TEST(!is_trouble("not json", "data"));
}

BOOST_AUTO_TEST_CASE(events_are_for_people) {
  BOOST_TEST(event_text(R"({"time":"T","event":"path-failed","head":"data","path":"emu0",)"
                        R"("reason":"no answer"})") == "T path-failed data emu0: no answer");
  BOOST_TEST(event_text(R"({"time":"T","event":"no-path","head":"data"})") == "T no-path data");
  BOOST_TEST(event_text(R"({"time":"T","event":"path-state-changed","head":"data","path":"emu0",)"
                        R"("reason":"why","state":"ghost"})") ==
             "T path-state-changed data emu0 ghost: why");
  BOOST_TEST(event_text("not json") == "not json");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scsimpath::ctl
