// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of settings: exact values, ranges, and what is printed is what is read.
#include "table.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <set>

namespace {

using namespace scsimpath;
using namespace scsimpath::settings;
using namespace std::chrono_literals;

bool takes(std::string_view name, std::string_view value) {
  const Setting* const setting = find_setting(name);
  BOOST_REQUIRE(setting != nullptr);
  Assignments assignments;
  return assign(assignments, *setting, value).has_value();
}

HeadSettings head_with(std::string_view name, std::string_view value) {
  HeadSettings head;
  const auto good = find_setting(name)->apply(head, value);
  BOOST_REQUIRE_MESSAGE(good, name << "=" << value);
  return head;
}

BOOST_AUTO_TEST_SUITE(table)

BOOST_AUTO_TEST_CASE(names_are_exact_and_unique) {
  std::set<std::string_view> names;
  for (const Setting& setting : all_settings()) {
    BOOST_TEST(names.insert(setting.name).second);
    BOOST_TEST(find_setting(setting.name) == &setting);
    BOOST_TEST(!setting.values.empty());
    BOOST_TEST(!setting.help.empty());
    BOOST_TEST(!setting.default_text.empty());
  }
  BOOST_TEST(find_setting("Iopolicy") == nullptr);
  BOOST_TEST(find_setting("iopolicy ") == nullptr);
  BOOST_TEST(find_setting("") == nullptr);
}

BOOST_AUTO_TEST_CASE(every_setting_is_of_one_kind) {
  for (const Setting& setting : all_settings()) {
    BOOST_TEST_CONTEXT(setting.name) {
      BOOST_TEST((setting.set_head != nullptr) == setting.xattr);
      BOOST_TEST((setting.set_mount != nullptr) == !setting.xattr);
      HeadSettings head;
      MountSettings mount;
      const int wrong_kind = setting.xattr ? setting.apply(mount, "30").error().number
                                           : setting.apply(head, "30").error().number;
      BOOST_TEST(wrong_kind == EINVAL);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_default_text_is_what_a_fresh_object_prints) {
  for (const Setting& setting : all_settings()) {
    BOOST_TEST_CONTEXT(setting.name) {
      const std::string printed =
          setting.xattr ? setting.print(HeadSettings{}) : setting.print(MountSettings{});
      // Empty: the default is no value but a rule, told in words.
      if (!printed.empty()) BOOST_TEST(printed == setting.default_text);
    }
  }
}

BOOST_AUTO_TEST_CASE(policy_names_are_exact) {
  BOOST_TEST(takes("iopolicy", "numa"));
  BOOST_TEST(takes("iopolicy", "round-robin"));
  BOOST_TEST(takes("iopolicy", "queue-depth"));
  for (const auto* wrong : {"Numa", "numa ", " numa", "", "num", "numa\n", "round_robin"}) {
    BOOST_TEST(!takes("iopolicy", wrong), wrong);
  }
}

BOOST_AUTO_TEST_CASE(seconds_have_fractions_and_ranges) {
  BOOST_TEST((head_with("io_timeout", "0.1").io_timeout == 100ms));
  BOOST_TEST((head_with("io_timeout", "3600").io_timeout == 1h));
  BOOST_TEST((head_with("checker_interval", "2.5").checker_interval == 2500ms));
  BOOST_TEST((head_with("ghost_timeout", "0.000000001").ghost_timeout == 1ns));
  BOOST_TEST((head_with("no_path_timeout", "31536000").no_path_timeout == 31536000s));
  for (const auto* wrong : {"0.09",
                            "0",
                            "3600.1",
                            "3601",
                            "-1",
                            "+5",
                            "1e3",
                            "5s",
                            " 5",
                            "5 ",
                            "",
                            ".",
                            "5.",
                            ".5",
                            "0.1234567891",
                            "0x10",
                            "inf",
                            "nan",
                            "99999999999999999999",
                            "queue",
                            "fail"}) {
    BOOST_TEST(!takes("io_timeout", wrong), wrong);
    BOOST_TEST(!takes("checker_interval", wrong), wrong);
  }
  for (const auto* wrong :
       {"31536000.1", "31536001", "18446744073709551615", "-1", "Queue", "none"}) {
    BOOST_TEST(!takes("no_path_timeout", wrong), wrong);
    BOOST_TEST(!takes("ghost_timeout", wrong), wrong);
  }
}

BOOST_AUTO_TEST_CASE(waits_have_words) {
  BOOST_TEST((head_with("no_path_timeout", "fail").no_path_timeout == 0ns));
  BOOST_TEST((head_with("no_path_timeout", "0").no_path_timeout == 0ns));
  BOOST_TEST((head_with("no_path_timeout", "queue").no_path_timeout == HeadSettings::forever));
  BOOST_TEST((head_with("ghost_timeout", "queue").ghost_timeout == HeadSettings::forever));
  BOOST_TEST(!takes("ghost_timeout", "fail"));
}

BOOST_AUTO_TEST_CASE(what_is_printed_is_read_back_the_same) {
  const std::pair<const char*, const char*> values[] = {
      {"iopolicy", "queue-depth"}, {"no_path_timeout", "fail"}, {"no_path_timeout", "queue"},
      {"no_path_timeout", "0.25"}, {"io_timeout", "7"},         {"checker_interval", "0.125"},
      {"exclusive", "yes"},        {"ghost_timeout", "queue"},  {"ghost_timeout", "0"}};
  for (const auto& [name, value] : values) {
    BOOST_TEST_CONTEXT(name << "=" << value) {
      const HeadSettings head = head_with(name, value);
      const std::string printed = find_setting(name)->print(head);
      BOOST_TEST(printed == value);
      BOOST_TEST((head_with(name, printed) == head));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_value_changes_nothing_and_is_named) {
  HeadSettings head;
  const auto refused = find_setting("iopolicy")->apply(head, "Numa");
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().number == EINVAL);
  BOOST_TEST(refused.error().message == "iopolicy=Numa: must be numa|round-robin|queue-depth");
  BOOST_TEST((head == HeadSettings{}));
}

BOOST_AUTO_TEST_CASE(settings_of_the_mount) {
  MountSettings mount;
  const auto apply = [&](std::string_view name, std::string_view value) {
    return find_setting(name)->apply(mount, value).has_value();
  };
  BOOST_TEST(apply("mode", "0644"));
  BOOST_TEST(mount.mode == 0644u);
  BOOST_TEST(apply("mode", "640"));
  BOOST_TEST(mount.mode == 0640u);
  BOOST_TEST(!apply("mode", "1777"));
  BOOST_TEST(!apply("mode", "68"));
  BOOST_TEST(apply("uid", "1000"));
  BOOST_TEST(mount.uid.value() == 1000u);
  BOOST_TEST(!apply("uid", "4294967295"));  // (uid_t)-1 is nobody's
  BOOST_TEST(!apply("uid", "4294967296"));
  BOOST_TEST(!apply("gid", "root"));
  BOOST_TEST(apply("multipath", "always"));
  BOOST_TEST(!apply("multipath", "once"));
  BOOST_TEST(!apply("page_cache", "true"));
}

BOOST_AUTO_TEST_CASE(a_later_layer_wins) {
  Assignments lower;
  Assignments upper;
  BOOST_REQUIRE(assign(lower, *find_setting("iopolicy"), "round-robin"));
  BOOST_REQUIRE(assign(lower, *find_setting("io_timeout"), "3"));
  BOOST_REQUIRE(assign(lower, *find_setting("mode"), "0666"));
  BOOST_REQUIRE(assign(upper, *find_setting("iopolicy"), "queue-depth"));
  HeadSettings head;
  overlay(head, lower);
  overlay(head, upper);
  BOOST_TEST((head.iopolicy == IoPolicy::queue_depth));
  BOOST_TEST((head.io_timeout == 3s));
  MountSettings mount;
  overlay(mount, lower);
  BOOST_TEST(mount.mode == 0666u);
}

BOOST_AUTO_TEST_CASE(what_has_changed_is_named) {
  const HeadSettings before;
  BOOST_TEST(changes(before, before).empty());
  HeadSettings after;
  after.no_path_timeout = HeadSettings::forever;
  BOOST_TEST(changes(before, after) == "no_path_timeout=queue");
  after.iopolicy = IoPolicy::round_robin;
  after.exclusive = true;
  BOOST_TEST(changes(before, after) == "iopolicy=round-robin no_path_timeout=queue exclusive=yes");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
