// SPDX-License-Identifier: LGPL-2.1-or-later
// Everything known of heads and paths as JSON.
#include "status_json.h"

#include <nlohmann/json.hpp>

#include "table.h"

namespace scsimpath::fuse {

namespace {

using Json = nlohmann::ordered_json;

Json path_json(const PathStatus& path) {
  Json json{{"name", path.name},
            {"device", path.device},
            {"state", to_string(path.state)},
            {"access_state", to_string(path.access_state)},
            {"usable", path.usable},
            {"target_port_group", path.target_port_group},
            {"numa_node", path.numa_node},
            {"numa_nodes", path.numa_nodes},
            {"in_flight", path.in_flight},
            {"queue_depth", path.queue_depth},
            {"latency_us", path.latency_us},
            {"probation_s", path.probation_s},
            {"in_flight_limit", path.in_flight_limit ? Json(*path.in_flight_limit) : Json()},
            {"stuck_s", path.stuck_s},
            {"carries_writes", path.carries_writes},
            {"reason", path.reason},
            {"use", path.use}};
  json["counters"] = {{"commands", path.commands},
                      {"read_bytes", path.read_bytes},
                      {"write_bytes", path.write_bytes},
                      {"errors", path.errors},
                      {"timeouts", path.timeouts}};
  json["abandoned"] = path.abandoned;
  return json;
}

Json counters_json(const HeadCounters& counters) {
  return {{"reads", counters.reads},
          {"writes", counters.writes},
          {"flushes", counters.flushes},
          {"unmaps", counters.unmaps},
          {"read_bytes", counters.read_bytes},
          {"write_bytes", counters.write_bytes},
          {"failovers", counters.failovers},
          {"requeues", counters.requeues},
          {"retries", counters.retries},
          {"errors", counters.errors},
          {"cache_losses", counters.cache_losses}};
}

Json head_json(const HeadStatus& head) {
  Json json{{"name", head.name},
            {"wwid", head.wwid},
            {"size", head.geometry.size},
            {"block_size", head.geometry.block_size},
            {"read_only", head.geometry.read_only},
            {"vendor", head.vendor},
            {"model", head.product},
            {"serial", head.serial}};
  for (const settings::Setting& setting : settings::all_settings()) {
    if (setting.xattr) json[std::string(setting.name)] = setting.print(head.settings);
  }
  json["state"] = to_string(head.state);
  json["next_path"] = head.next_path.empty() ? Json() : Json(head.next_path);
  json["next_write_path"] = head.next_write_path.empty() ? Json() : Json(head.next_write_path);
  json["paths_total"] = head.paths.size();
  json["paths_usable"] = head.paths_usable;
  json["held"] = head.held;
  json["in_flight"] = head.in_flight;
  json["ghosts"] = head.ghosts;
  json["holds_writes"] = head.holds_writes;
  json["no_path_deadline_s"] = head.no_path_deadline_s ? Json(*head.no_path_deadline_s) : Json();
  json["counters"] = counters_json(head.counters);
  json["paths"] = Json::array();
  for (const PathStatus& path : head.paths) json["paths"].push_back(path_json(path));
  return json;
}

}  // namespace

std::string status_json(const ProgramStatus& program, const std::vector<HeadStatus>& heads) {
  Json json{{"version", program.version},
            {"pid", program.pid},
            {"uptime_s", program.uptime_s},
            {"source", program.source},
            {"heads", Json::array()}};
  for (const HeadStatus& head : heads) json["heads"].push_back(head_json(head));
  json["candidates"] = Json::array();
  for (const Candidate& candidate : program.candidates) {
    json["candidates"].push_back({{"name", candidate.name},
                                  {"device", candidate.device},
                                  {"wwid", candidate.wwid},
                                  {"used", candidate.used},
                                  {"reason", candidate.reason}});
  }
  // What a device calls itself may be anything but UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace scsimpath::fuse
