// SPDX-License-Identifier: LGPL-2.1-or-later
// The arguments of scsimpath.
#include "command_line.h"

#include <boost/test/unit_test.hpp>

#include "emulated_disk.h"
#include "table.h"

namespace {

using namespace scsimpath;
using namespace scsimpath::daemon;
using Arguments = std::vector<const char*>;

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_AUTO_TEST_CASE(options_stand_anywhere) {
  for (const Arguments& arguments : {Arguments{"-f", "-o", "a,b=c", "S", "M", "-od"},
                                     Arguments{"S", "-oa,b=c", "-s", "M", "-f", "-o", "d"},
                                     Arguments{"-o", "a,b=c", "-o", "d", "-f", "--", "S", "M"}}) {
    const auto line = parse_command_line(arguments);
    BOOST_REQUIRE(line);
    BOOST_TEST(line->source == "S");
    BOOST_TEST(line->mountpoint == "M");
    BOOST_TEST(line->options == (std::vector<std::string>{"a,b=c", "d"}),
               boost::test_tools::per_element());
    BOOST_TEST(line->foreground);
    BOOST_TEST(!line->debug);
  }
}

BOOST_AUTO_TEST_CASE(debug_implies_the_foreground) {
  const auto line = parse_command_line(Arguments{"S", "M", "-d"});
  BOOST_REQUIRE(line);
  BOOST_TEST(line->debug);
  BOOST_TEST(line->foreground);
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_not_understood) {
  for (const Arguments& arguments :
       {Arguments{}, Arguments{"S"}, Arguments{"S", "M", "X"}, Arguments{"S", "M", "-z"},
        Arguments{"S", "M", "-o"}, Arguments{"", "M"}, Arguments{"S", ""},
        Arguments{"S", "M", "--nosuch"}, Arguments{"S", "M", "-fd"}, Arguments{"-f"}}) {
    BOOST_TEST(!parse_command_line(arguments).has_value());
  }
}

BOOST_AUTO_TEST_CASE(help_and_version_need_nothing_else) {
  BOOST_TEST((parse_command_line(Arguments{"--help"})->wish == CommandLine::Wish::help));
  BOOST_TEST((parse_command_line(Arguments{"-V"})->wish == CommandLine::Wish::version));
}

BOOST_AUTO_TEST_CASE(help_names_every_setting) {
  const std::string text = help_text();
  BOOST_TEST(text.starts_with("usage: scsimpath SOURCE MOUNTPOINT"));
  for (const auto& setting : settings::all_settings()) {
    BOOST_TEST(text.find("\n  " + std::string(setting.name)) != std::string::npos, setting.name);
  }
  for (const auto& key : settings::all_disk_keys()) {
    BOOST_TEST(text.find("\n  " + std::string(key.name)) != std::string::npos, key.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
