// SPDX-License-Identifier: LGPL-2.1-or-later
// The keys of status and the names of metrics stay.
#include "status_json.h"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "metrics.h"

using namespace scsimpath;
using namespace scsimpath::fuse;

namespace {

HeadStatus some_head() {
  HeadStatus head;
  head.name = "data";
  head.wwid = "naa.6000";
  head.product = "disk";
  head.geometry.size = 1ULL << 60;
  head.counters.errors = 5;
  head.paths.emplace_back().name = "emu0";
  head.paths[0].timeouts = 9;
  return head;
}

/// What a key of the status is called among the metrics: with Prometheus' base units.
std::string metric_name(const std::string& of, std::string key, const std::string& end = "") {
  const auto in_seconds = [&](std::string_view unit) {
    if (key.ends_with(unit)) key.replace(key.size() - unit.size(), unit.size(), "_seconds");
  };
  in_seconds("_s");
  in_seconds("_us");
  if (key == "size") key = "size_bytes";
  if (key == "paths_total") key = "paths";
  return "scsimpath_" + of + "_" + key + end;
}

void check_each_has_a_metric(const nlohmann::json& object, const std::string& of,
                             const std::string& end, const std::string& metrics) {
  // What a disk or path is, not how it does.
  const std::set<std::string> constants{"block_size", "target_port_group", "numa_node"};
  for (const auto& [key, value] : object.items()) {
    if ((!value.is_number() && !value.is_boolean()) || constants.contains(key)) continue;
    const std::string name = metric_name(of, key, end);
    BOOST_TEST(metrics.contains("\n" + name + "{"), name + " is not among the metrics");
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(status)

BOOST_AUTO_TEST_CASE(every_key_of_the_contract_is_there) {
  const auto json =
      nlohmann::json::parse(status_json({"1.2.3", 42, 1.5, "emulated:x"}, {some_head()}));
  BOOST_TEST(json.at("version") == "1.2.3");
  BOOST_TEST(json.at("pid") == 42);
  BOOST_TEST(json.at("uptime_s") == 1.5);
  BOOST_TEST(json.at("source") == "emulated:x");
  const auto& head = json.at("heads").at(0);
  for (const char* key : {"name", "wwid", "size", "block_size", "vendor", "model", "serial",
                          "iopolicy", "no_path_timeout", "state", "paths_total", "paths_usable",
                          "held", "in_flight", "no_path_deadline_s", "counters", "paths"}) {
    BOOST_TEST(head.contains(key), key);
  }
  for (const char* key : {"reads", "writes", "flushes", "unmaps", "read_bytes", "write_bytes",
                          "failovers", "requeues", "retries", "errors"}) {
    BOOST_TEST(head.at("counters").contains(key), key);
  }
  const auto& path = head.at("paths").at(0);
  for (const char* key : {"name", "device", "state", "access_state", "target_port_group",
                          "numa_node", "in_flight", "latency_us", "counters"}) {
    BOOST_TEST(path.contains(key), key);
  }
  for (const char* key : {"commands", "read_bytes", "write_bytes", "errors", "timeouts"}) {
    BOOST_TEST(path.at("counters").contains(key), key);
  }
  BOOST_TEST(head.at("size") == 1ULL << 60);
  BOOST_TEST(head.at("iopolicy") == "numa");
  BOOST_TEST(head.at("no_path_timeout") == "30");
  BOOST_TEST(head.at("paths_total") == 1);
  BOOST_TEST(head.at("no_path_deadline_s").is_null());
  BOOST_TEST(path.at("counters").at("timeouts") == 9);
}

BOOST_AUTO_TEST_CASE(the_deadline_is_a_number_while_there_is_one) {
  HeadStatus head = some_head();
  head.no_path_deadline_s = 2.5;
  const auto json = nlohmann::json::parse(status_json({}, {head}));
  BOOST_TEST(json.at("heads").at(0).at("no_path_deadline_s") == 2.5);
}

BOOST_AUTO_TEST_CASE(names_that_are_not_utf8_do_not_break_it) {
  HeadStatus head = some_head();
  head.vendor = "\xff\xfe";
  BOOST_TEST(nlohmann::json::accept(status_json({}, {head})));
}

BOOST_AUTO_TEST_CASE(no_heads_are_an_empty_list) {
  BOOST_TEST(nlohmann::json::parse(status_json({}, {})).at("heads").empty());
}

BOOST_AUTO_TEST_CASE(metrics_name_head_and_path_and_keep_large_numbers_whole) {
  HeadStatus head = some_head();
  head.name = "a\"b\\c";
  head.geometry.size = 1'234'567'890'123;
  const std::string text = metrics_text({head});
  const auto has = [&](std::string_view line) {
    return text.find(line) != std::string::npos && text.ends_with('\n');
  };
  BOOST_TEST(has("# TYPE scsimpath_path_errors_total counter\n"));
  BOOST_TEST(has("scsimpath_path_timeouts_total{head=\"a\\\"b\\\\c\",path=\"emu0\"} 9\n"));
  BOOST_TEST(has("scsimpath_head_size_bytes{head=\"a\\\"b\\\\c\"} 1234567890123\n"));
}

BOOST_AUTO_TEST_CASE(each_number_of_the_status_is_a_metric) {
  HeadStatus head = some_head();
  head.no_path_deadline_s = 2.5;
  head.paths[0].in_flight_limit = 3;
  const auto json = nlohmann::json::parse(status_json({}, {head})).at("heads").at(0);
  const std::string metrics = metrics_text({head});
  check_each_has_a_metric(json, "head", "", metrics);
  check_each_has_a_metric(json.at("counters"), "head", "_total", metrics);
  check_each_has_a_metric(json.at("paths").at(0), "path", "", metrics);
  check_each_has_a_metric(json.at("paths").at(0).at("counters"), "path", "_total", metrics);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_has_no_sample) {
  HeadStatus held = some_head();
  held.no_path_deadline_s = 2.5;
  HeadStatus other = some_head();
  other.name = "other";
  other.paths[0].in_flight_limit = 3;
  const std::string text = metrics_text({held, other});
  BOOST_TEST(text.contains("scsimpath_head_no_path_deadline_seconds{head=\"data\"} 2.5\n"));
  BOOST_TEST(!text.contains("scsimpath_head_no_path_deadline_seconds{head=\"other\"}"));
  BOOST_TEST(!text.contains("scsimpath_path_in_flight_limit{head=\"data\""));
  BOOST_TEST(text.contains("scsimpath_path_in_flight_limit{head=\"other\",path=\"emu0\"} 3\n"));
}

BOOST_AUTO_TEST_SUITE_END()
