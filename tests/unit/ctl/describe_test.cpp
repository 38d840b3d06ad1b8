// SPDX-License-Identifier: LGPL-2.1-or-later
// `show` leaves nothing of the status out that says something.
#include "describe.h"

#include <boost/test/unit_test.hpp>

namespace scsimpath::ctl {
namespace {

HeadReport parsed(const std::string& head) {
  const Result<StatusReport> report = parse_status(R"({"heads":[)" + head + "]}");
  BOOST_REQUIRE(report.has_value());
  BOOST_REQUIRE(report->heads.size() == 1U);
  return report->heads[0];
}

BOOST_AUTO_TEST_SUITE(describe)

BOOST_AUTO_TEST_CASE(a_head_in_full) {
  const std::string text = describe_head(parsed(
      R"({"vendor":"V","model":"M","serial":"S","read_only":true,"next_path":"emu0",
          "next_write_path":"emu1","holds_writes":true,"ghosts":2,"no_path_deadline_s":2.5})"));
  BOOST_TEST(text.contains("  disk       V M, serial S, write-protected\n"));
  BOOST_TEST(text.contains("  next path  emu0 for a read, emu1 for a write\n"));
  BOOST_TEST(text.contains("  writes     wait: commands that an earlier program has left"));
  BOOST_TEST(text.contains("  ghosts     2 ranges"));
  BOOST_TEST(text.contains("  deadline   held I/O fails in 2.5 s\n"));
}

BOOST_AUTO_TEST_CASE(the_next_path_of_a_head) {
  const auto text = [](const std::string& head) { return describe_head(parsed(head)); };
  BOOST_TEST(
      text(R"({"next_path":"emu0","next_write_path":"emu0"})").contains("  next path  emu0\n"));
  BOOST_TEST(text(R"({"next_path":"emu0","next_write_path":null})")
                 .contains("  next path  emu0 for a read, none for a write\n"));
}

BOOST_AUTO_TEST_CASE(what_says_nothing_of_a_head_is_left_out) {
  const std::string text = describe_head(parsed(
      R"({"read_only":false,"next_path":null,"next_write_path":null,"holds_writes":false})"));
  for (const char* word : {"write-protected", "next path", "writes", "ghosts", "deadline"}) {
    BOOST_TEST(!text.contains(word), word);
  }
}

BOOST_AUTO_TEST_CASE(a_path_in_full) {
  const HeadReport head = parsed(
      R"({"paths":[{"name":"3:0:0:1","state":"running","access_state":"standby","use":"its turn",
          "numa_nodes":[0,2],"in_flight":4,"queue_depth":9,"latency_us":7,"probation_s":1.5,
          "in_flight_limit":3,"stuck_s":12.25,"abandoned":2,"carries_writes":false,
          "reason":"left commands"}]})");
  const std::string text = describe_path(head.paths.at(0));
  BOOST_TEST(text.contains("    use      its turn\n"));
  BOOST_TEST(text.contains("    nodes    chosen by 0 2\n"));
  BOOST_TEST(text.contains("    writes   none, until it is brought back\n"));
  BOOST_TEST(text.contains("    late     a command since 12.2 s\n"));
  BOOST_TEST(text.contains("    given up 2 commands that have not come back\n"));
  BOOST_TEST(text.contains("    I/O      in flight 4, latency 7 us, on its host port 9\n"));
}

BOOST_AUTO_TEST_CASE(what_says_nothing_of_a_path_is_left_out) {
  for (const char* json :
       {R"({"paths":[{"name":"emu0"}]})",
        R"({"paths":[{"name":"emu0","use":"","numa_nodes":[],"queue_depth":0,"probation_s":0,
             "in_flight_limit":null,"stuck_s":0,"abandoned":0,"carries_writes":true}]})",
        R"({"paths":[{"name":"emu0","state":"failed","reason":"hung","use":"hung"}]})"}) {
    const std::string text = describe_path(parsed(json).paths.at(0));
    for (const char* word : {"use", "nodes", "writes", "late ", "given up", "port 0", "busy"}) {
      BOOST_TEST(!text.contains(word), word);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scsimpath::ctl
