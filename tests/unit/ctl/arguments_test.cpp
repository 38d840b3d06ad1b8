// SPDX-License-Identifier: LGPL-2.1-or-later
// The command line: every verb, and what is no command line.
#include "arguments.h"

#include <boost/test/unit_test.hpp>
#include <initializer_list>
#include <string>
#include <vector>

#include "exit_status.h"

namespace scsimpath::ctl {
namespace {

std::variant<Arguments, Farewell> parse(const std::vector<const char*>& words) {
  std::vector<const char*> all{"scsimpathctl"};
  all.insert(all.end(), words.begin(), words.end());
  return parse_arguments(static_cast<int>(all.size()), all.data());
}

Arguments arguments(const std::vector<const char*>& words) {
  const auto parsed = parse(words);
  BOOST_REQUIRE(std::holds_alternative<Arguments>(parsed));
  return std::get<Arguments>(parsed);
}

Farewell farewell(const std::vector<const char*>& words) {
  const auto parsed = parse(words);
  BOOST_REQUIRE(std::holds_alternative<Farewell>(parsed));
  return std::get<Farewell>(parsed);
}

BOOST_AUTO_TEST_SUITE(arguments_of_scsimpathctl)

BOOST_AUTO_TEST_CASE(list_takes_an_optional_mount) {
  BOOST_TEST(arguments({"list"}).target == "");
  const Arguments list = arguments({"list", "--json", "/mnt"});
  BOOST_TEST((list.verb == Verb::list));
  BOOST_TEST(list.target == "/mnt");
  BOOST_TEST(list.json);
  BOOST_TEST(arguments({"list", "/mnt", "--check"}).check);
}

BOOST_AUTO_TEST_CASE(set_takes_three_words) {
  const Arguments set = arguments({"set", "/mnt/a", "iopolicy", "numa"});
  BOOST_TEST((set.verb == Verb::set));
  BOOST_TEST(set.target == "/mnt/a");
  BOOST_TEST(set.name == "iopolicy");
  BOOST_TEST(set.value == "numa");
}

BOOST_AUTO_TEST_CASE(a_value_may_begin_with_a_dash_after_two) {
  BOOST_TEST(arguments({"set", "/mnt/a", "io_timeout", "--", "-1"}).value == "-1");
}

BOOST_AUTO_TEST_CASE(path_takes_a_state_or_a_fault) {
  const Arguments offline = arguments({"path", "/mnt/a", "emu0", "offline"});
  BOOST_TEST((offline.verb == Verb::path));
  BOOST_TEST(offline.name == "emu0");
  BOOST_TEST(offline.value == "offline");
  const Arguments fault = arguments({"path", "/mnt/a", "emu0", "fault", "host=0x01,every=2"});
  BOOST_TEST(fault.value == "fault");
  BOOST_TEST(fault.fault == "host=0x01,every=2");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_shows_the_usage_and_is_2) {
  for (const auto& words :
       std::vector<std::vector<const char*>>{{},
                                             {"frob"},
                                             {"get"},
                                             {"set", "/mnt/a", "iopolicy"},
                                             {"set", "/mnt/a", "iopolicy", "numa", "more"},
                                             {"path", "/mnt/a", "emu0", "failed"},
                                             {"path", "/mnt/a", "emu0", "fault"},
                                             {"path", "/mnt/a", "emu0", "offline", "now"},
                                             {"list", "--frob"},
                                             {"list", "--json", "--check"},
                                             {"list", "/mnt", "/other"}}) {
    const Farewell wrong = farewell(words);
    BOOST_TEST(wrong.exit_status == exit_usage);
    BOOST_TEST(wrong.text.find("usage: scsimpathctl") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(help_and_version_are_fine) {
  BOOST_TEST(farewell({"--help"}).exit_status == exit_fine);
  BOOST_TEST(farewell({"--help"}).text.starts_with("usage: "));
  BOOST_TEST(farewell({"set", "--help"}).exit_status == exit_fine);
  BOOST_TEST(farewell({"--version"}).text.starts_with("scsimpathctl "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scsimpath::ctl
