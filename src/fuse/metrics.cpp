// SPDX-License-Identifier: LGPL-2.1-or-later
// Counters and states by name, head and path.
#include "metrics.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <optional>
#include <string_view>

namespace scsimpath::fuse {

namespace {

struct HeadMetric {
  std::string_view name, type, help;
  std::optional<double> (*value)(const HeadStatus&);  ///< none: no sample
};

struct PathMetric {
  std::string_view name, type, help;
  std::optional<double> (*value)(const PathStatus&);
};

template <class T>
std::optional<double> number(T value) {
  return static_cast<double>(value);
}

template <class T>
std::optional<double> number(const std::optional<T>& value) {
  return value ? number(*value) : std::nullopt;
}

constexpr std::array head_metrics{
    HeadMetric{"scsimpath_head_size_bytes", "gauge", "Capacity of the disk",
               [](const HeadStatus& h) { return number(h.geometry.size); }},
    HeadMetric{"scsimpath_head_read_only", "gauge", "1 when the disk is write-protected",
               [](const HeadStatus& h) { return number(h.geometry.read_only); }},
    HeadMetric{"scsimpath_head_paths", "gauge", "Paths of the head",
               [](const HeadStatus& h) { return number(h.paths.size()); }},
    HeadMetric{"scsimpath_head_paths_usable", "gauge", "Paths that would carry I/O now",
               [](const HeadStatus& h) { return number(h.paths_usable); }},
    HeadMetric{"scsimpath_head_held", "gauge", "Requests that wait",
               [](const HeadStatus& h) { return number(h.held); }},
    HeadMetric{"scsimpath_head_in_flight", "gauge", "Requests on a path",
               [](const HeadStatus& h) { return number(h.in_flight); }},
    HeadMetric{"scsimpath_head_ghosts", "gauge", "Ranges locked by writes that may yet be executed",
               [](const HeadStatus& h) { return number(h.ghosts); }},
    HeadMetric{"scsimpath_head_holds_writes", "gauge",
               "1 while writes wait for commands that an earlier program has left",
               [](const HeadStatus& h) { return number(h.holds_writes); }},
    HeadMetric{"scsimpath_head_no_path_deadline_seconds", "gauge", "Until held I/O fails",
               [](const HeadStatus& h) { return number(h.no_path_deadline_s); }},
    HeadMetric{"scsimpath_head_reads_total", "counter", "Reads",
               [](const HeadStatus& h) { return number(h.counters.reads); }},
    HeadMetric{"scsimpath_head_writes_total", "counter", "Writes",
               [](const HeadStatus& h) { return number(h.counters.writes); }},
    HeadMetric{"scsimpath_head_flushes_total", "counter", "Flushes",
               [](const HeadStatus& h) { return number(h.counters.flushes); }},
    HeadMetric{"scsimpath_head_unmaps_total", "counter", "Unmaps",
               [](const HeadStatus& h) { return number(h.counters.unmaps); }},
    HeadMetric{"scsimpath_head_read_bytes_total", "counter", "Bytes read",
               [](const HeadStatus& h) { return number(h.counters.read_bytes); }},
    HeadMetric{"scsimpath_head_write_bytes_total", "counter", "Bytes written",
               [](const HeadStatus& h) { return number(h.counters.write_bytes); }},
    HeadMetric{"scsimpath_head_failovers_total", "counter", "Sent again because a path failed",
               [](const HeadStatus& h) { return number(h.counters.failovers); }},
    HeadMetric{"scsimpath_head_requeues_total", "counter", "Times a request was held",
               [](const HeadStatus& h) { return number(h.counters.requeues); }},
    HeadMetric{"scsimpath_head_retries_total", "counter", "Sent again on the same path",
               [](const HeadStatus& h) { return number(h.counters.retries); }},
    HeadMetric{"scsimpath_head_errors_total", "counter", "Requests that ended with an error",
               [](const HeadStatus& h) { return number(h.counters.errors); }},
    HeadMetric{"scsimpath_head_cache_losses_total", "counter",
               "Times the disk lost acknowledged writes",
               [](const HeadStatus& h) { return number(h.counters.cache_losses); }},
};

constexpr std::array path_metrics{
    PathMetric{"scsimpath_path_usable", "gauge", "1 when the path would carry I/O now",
               [](const PathStatus& p) { return number(p.usable); }},
    PathMetric{"scsimpath_path_in_flight", "gauge", "Commands on the path",
               [](const PathStatus& p) { return number(p.in_flight); }},
    PathMetric{"scsimpath_path_abandoned", "gauge",
               "Those of them that no request waits for any more",
               [](const PathStatus& p) { return number(p.abandoned); }},
    PathMetric{"scsimpath_path_in_flight_limit", "gauge",
               "Commands at once since the path said it is busy",
               [](const PathStatus& p) { return number(p.in_flight_limit); }},
    PathMetric{"scsimpath_path_queue_depth", "gauge", "Commands on its host port, of all heads",
               [](const PathStatus& p) { return number(p.queue_depth); }},
    PathMetric{"scsimpath_path_stuck_seconds", "gauge",
               "How long a command that is late has not come back, 0: none is late",
               [](const PathStatus& p) { return number(p.stuck_s); }},
    PathMetric{"scsimpath_path_probation_seconds", "gauge", "Left of its probation, 0: on none",
               [](const PathStatus& p) { return number(p.probation_s); }},
    PathMetric{"scsimpath_path_carries_writes", "gauge",
               "0 while commands that an earlier program has left keep writes from the path",
               [](const PathStatus& p) { return number(p.carries_writes); }},
    PathMetric{"scsimpath_path_latency_seconds", "gauge", "Moving average of its commands",
               [](const PathStatus& p) { return number(p.latency_us / 1e6); }},
    PathMetric{"scsimpath_path_commands_total", "counter", "Commands",
               [](const PathStatus& p) { return number(p.commands); }},
    PathMetric{"scsimpath_path_read_bytes_total", "counter", "Bytes read",
               [](const PathStatus& p) { return number(p.read_bytes); }},
    PathMetric{"scsimpath_path_write_bytes_total", "counter", "Bytes written",
               [](const PathStatus& p) { return number(p.write_bytes); }},
    PathMetric{"scsimpath_path_errors_total", "counter", "Commands that failed",
               [](const PathStatus& p) { return number(p.errors); }},
    PathMetric{"scsimpath_path_timeouts_total", "counter", "Commands given up at io_timeout",
               [](const PathStatus& p) { return number(p.timeouts); }},
};

std::string label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

/// Whole numbers in full, whatever their size.
std::string value_text(double value) {
  constexpr double exact = 9007199254740992;  // 2^53
  if (value >= 0 && value < exact &&
      value == static_cast<double>(static_cast<std::uint64_t>(value))) {
    return fmt::format("{}", static_cast<std::uint64_t>(value));
  }
  return fmt::format("{}", value);
}

void begin(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
}

}  // namespace

std::string metrics_text(const std::vector<HeadStatus>& heads) {
  std::string out;
  const auto to = std::back_inserter(out);
  for (const HeadMetric& metric : head_metrics) {
    begin(out, metric.name, metric.type, metric.help);
    for (const HeadStatus& head : heads) {
      const std::optional<double> value = metric.value(head);
      if (!value) continue;
      fmt::format_to(to, "{}{{head=\"{}\"}} {}\n", metric.name, label(head.name),
                     value_text(*value));
    }
  }
  begin(out, "scsimpath_head_state", "gauge", "1 for the state the head is in");
  for (const HeadStatus& head : heads) {
    fmt::format_to(to, "scsimpath_head_state{{head=\"{}\",state=\"{}\"}} 1\n", label(head.name),
                   to_string(head.state));
  }
  for (const PathMetric& metric : path_metrics) {
    begin(out, metric.name, metric.type, metric.help);
    for (const HeadStatus& head : heads) {
      for (const PathStatus& path : head.paths) {
        const std::optional<double> value = metric.value(path);
        if (!value) continue;
        fmt::format_to(to, "{}{{head=\"{}\",path=\"{}\"}} {}\n", metric.name, label(head.name),
                       label(path.name), value_text(*value));
      }
    }
  }
  begin(out, "scsimpath_path_state", "gauge", "1 for the state the path is in");
  for (const HeadStatus& head : heads) {
    for (const PathStatus& path : head.paths) {
      fmt::format_to(to, "scsimpath_path_state{{head=\"{}\",path=\"{}\",state=\"{}\"}} 1\n",
                     label(head.name), label(path.name), to_string(path.state));
    }
  }
  return out;
}

}  // namespace scsimpath::fuse
