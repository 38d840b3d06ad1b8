// SPDX-License-Identifier: LGPL-2.1-or-later
// The JSON of .scsimpath/status and .scsimpath/events as plain values; the only file of
// scsimpathctl that knows a JSON library.
#include "status.h"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

namespace scsimpath::ctl {
namespace {

using Json = nlohmann::ordered_json;

/// The value of a key, or the type's empty value where it is missing or of another kind.
template <class T>
T value(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found == object.end()) return T{};
  if constexpr (std::is_same_v<T, std::string>) {
    return found->is_string() ? found->template get<T>() : T{};
  } else if constexpr (std::is_same_v<T, bool>) {
    return found->is_boolean() && found->template get<bool>();
  } else {
    return found->is_number() ? found->template get<T>() : T{};
  }
}

const Json& list(const Json& object, const char* key) {
  static const Json none = Json::array();
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_array() ? *found : none;
}

Counters counters(const Json& object) {
  Counters read;
  const auto found = object.is_object() ? object.find("counters") : object.end();
  if (found == object.end() || !found->is_object()) return read;
  for (const auto& [name, count] : found->items()) read.emplace_back(name, count.dump());
  return read;
}

PathReport path_report(const Json& json) {
  PathReport path;
  path.name = value<std::string>(json, "name");
  path.device = value<std::string>(json, "device");
  path.state = value<std::string>(json, "state");
  path.access_state = value<std::string>(json, "access_state");
  path.reason = value<std::string>(json, "reason");
  path.use = value<std::string>(json, "use");
  path.in_flight = value<std::int64_t>(json, "in_flight");
  path.latency_us = value<std::int64_t>(json, "latency_us");
  path.target_port_group = value<std::int64_t>(json, "target_port_group");
  path.probation_s = value<double>(json, "probation_s");
  path.stuck_s = value<double>(json, "stuck_s");
  path.abandoned = value<std::int64_t>(json, "abandoned");
  path.queue_depth = value<std::int64_t>(json, "queue_depth");
  path.carries_writes = !json.contains("carries_writes") || value<bool>(json, "carries_writes");
  for (const Json& node : list(json, "numa_nodes")) {
    if (node.is_number()) path.numa_nodes.push_back(node.get<int>());
  }
  path.in_flight_limit = value<std::int64_t>(json, "in_flight_limit");
  path.counters = counters(json);
  if (const auto found = json.find("counters"); found != json.end()) {
    path.errors = value<std::uint64_t>(*found, "errors");
  }
  return path;
}

HeadReport head_report(const Json& json) {
  HeadReport head;
  head.name = value<std::string>(json, "name");
  head.wwid = value<std::string>(json, "wwid");
  head.vendor = value<std::string>(json, "vendor");
  head.model = value<std::string>(json, "model");
  head.serial = value<std::string>(json, "serial");
  head.iopolicy = value<std::string>(json, "iopolicy");
  head.state = value<std::string>(json, "state");
  head.next_path = value<std::string>(json, "next_path");
  head.next_write_path = value<std::string>(json, "next_write_path");
  head.holds_writes = value<bool>(json, "holds_writes");
  head.read_only = value<bool>(json, "read_only");
  head.size = value<std::uint64_t>(json, "size");
  head.block_size = value<std::uint64_t>(json, "block_size");
  head.paths_total = value<std::uint64_t>(json, "paths_total");
  head.paths_usable = value<std::uint64_t>(json, "paths_usable");
  head.held = value<std::uint64_t>(json, "held");
  head.in_flight = value<std::uint64_t>(json, "in_flight");
  head.ghosts = value<std::uint64_t>(json, "ghosts");
  if (const auto found = json.find("no_path_deadline_s");
      found != json.end() && found->is_number()) {
    head.no_path_deadline_s = found->get<double>();
  }
  head.counters = counters(json);
  for (const Json& path : list(json, "paths")) {
    if (path.is_object()) head.paths.push_back(path_report(path));
  }
  // emu2 before emu10.
  std::ranges::sort(head.paths, [](const PathReport& a, const PathReport& b) {
    return ::strverscmp(a.name.c_str(), b.name.c_str()) < 0;
  });
  return head;
}

Result<Json> parse(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return fail(EPROTO, "its status is not what scsimpath writes");
  return json;
}

std::string print(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Result<StatusReport> parse_status(std::string_view text) {
  const Result<Json> json = parse(text);
  if (!json) return std::unexpected(json.error());
  StatusReport status;
  status.version = value<std::string>(*json, "version");
  status.pid = value<std::int64_t>(*json, "pid");
  for (const Json& head : list(*json, "heads")) {
    if (head.is_object()) status.heads.push_back(head_report(head));
  }
  for (const Json& candidate : list(*json, "candidates")) {
    if (!candidate.is_object() || value<bool>(candidate, "used")) continue;
    status.refused.push_back(
        {value<std::string>(candidate, "name"), value<std::string>(candidate, "device"),
         value<std::string>(candidate, "wwid"), false, value<std::string>(candidate, "reason")});
  }
  return status;
}

Result<std::string> join_statuses(const std::vector<LocatedStatus>& statuses) {
  Json all = Json::array();
  for (const LocatedStatus& status : statuses) {
    const Result<Json> json = parse(status.json);
    if (!json) return std::unexpected(json.error());
    Json located{{"mountpoint", status.mountpoint}};
    located.update(*json);
    all.push_back(std::move(located));
  }
  return print(all);
}

Result<std::string> extract_head(std::string_view text, std::string_view head) {
  const Result<Json> json = parse(text);
  if (!json) return std::unexpected(json.error());
  for (const Json& candidate : list(*json, "heads")) {
    if (value<std::string>(candidate, "name") == head) return print(candidate);
  }
  return fail(ENOENT, fmt::format("{}: no such head", head));
}

std::string candidates_json(const std::vector<Candidate>& candidates) {
  Json all = Json::array();
  for (const Candidate& candidate : candidates) {
    all.push_back({{"name", candidate.name},
                   {"device", candidate.device},
                   {"wwid", candidate.wwid},
                   {"used", candidate.used},
                   {"reason", candidate.reason}});
  }
  return print(all);
}

bool is_trouble(std::string_view line, std::string_view head) {
  static constexpr std::array no_troubles{"head-added",      "head-removed",    "path-added",
                                          "path-removed",    "path-offline",    "iopolicy-changed",
                                          "setting-changed", "capacity-changed"};
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || value<std::string>(json, "head") != head) return false;
  const std::string event = value<std::string>(json, "event");
  // A new path's first check is none either.
  const bool first =
      event == "path-state-changed" && value<std::string>(json, "state") == "running";
  return !first && std::ranges::find(no_troubles, event) == no_troubles.end();
}

std::string event_text(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return std::string(line);
  std::string text =
      fmt::format("{} {}", value<std::string>(json, "time"), value<std::string>(json, "event"));
  // Of other events the name says which state that is.
  const bool names_state = value<std::string>(json, "event") == "path-state-changed";
  for (const char* key : {"head", "path", "state"}) {
    if (std::string_view(key) == "state" && !names_state) continue;
    if (const std::string part = value<std::string>(json, key); !part.empty()) {
      text.append(" ").append(part);
    }
  }
  if (const std::string reason = value<std::string>(json, "reason"); !reason.empty()) {
    text.append(": ").append(reason);
  }
  if (const auto count = value<std::uint64_t>(json, "count"); count > 0) {
    text.append(fmt::format(" ({})", count));
  }
  return text;
}

}  // namespace scsimpath::ctl
