// SPDX-License-Identifier: LGPL-2.1-or-later
// Events as JSON lines in a ring.
#include "event_log.h"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

namespace scsimpath::fuse {

namespace {

using Json = nlohmann::ordered_json;

std::string line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

void add_codes(Json& json, const CommandEnd& end) {
  json["opcode"] = fmt::format("{:#04x}", end.opcode);
  if (end.os_error != 0) json["errno"] = end.os_error;
  json["host"] = fmt::format("{:#04x}", end.host);
  json["status"] = fmt::format("{:#04x}", end.status);
  if (end.sense) {
    json["sense"] =
        fmt::format("{:x}/{:02x}/{:02x}", end.sense->key, end.sense->asc, end.sense->ascq);
  }
}

}  // namespace

std::string rfc3339(EventLog::WallTime time) {
  const auto since_epoch =
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const std::time_t whole = seconds.count();
  std::tm parts{};
  gmtime_r(&whole, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     (since_epoch - seconds).count());
}

EventLog::EventLog(Now now) : now_(now), ring_(capacity) {}

EventLog::WallTime EventLog::system_now() noexcept {
  return std::chrono::system_clock::now();
}

void EventLog::publish(const Event& event) noexcept {
  try {
    Json json{{"time", rfc3339(now_())},
              {"event", to_string(event.kind)},
              {"head", event.head},
              {"path", event.path},
              {"reason", event.reason}};
    if (event.state) json["state"] = to_string(*event.state);
    if (event.end) add_codes(json, *event.end);
    std::string text = line(json);
    const MutexLock lock(mutex_);
    ring_[end_ % capacity].swap(text);
    ++end_;
    if (listener_) listener_();
  } catch (...) {
    // No memory for a line: the disks matter more.
  }
}

std::uint64_t EventLog::oldest() const noexcept {
  const MutexLock lock(mutex_);
  return end_ - std::min<std::uint64_t>(end_, capacity);
}

std::uint64_t EventLog::end() const noexcept {
  const MutexLock lock(mutex_);
  return end_;
}

void EventLog::read(std::uint64_t& cursor, std::size_t enough, std::string& out) const {
  const MutexLock lock(mutex_);
  const std::uint64_t first = end_ - std::min<std::uint64_t>(end_, capacity);
  if (cursor < first) {
    const std::uint64_t count = first - cursor;
    out += line({{"time", rfc3339(now_())},
                 {"event", "dropped"},
                 {"head", ""},
                 {"path", ""},
                 {"reason", fmt::format("{} events were not read in time", count)},
                 {"count", count}});
    cursor = first;
  }
  while (cursor < end_ && out.size() < enough) out += ring_[cursor++ % capacity];
}

void EventLog::set_listener(std::function<void()> listener) {
  const MutexLock lock(mutex_);
  listener_ = std::move(listener);
}

}  // namespace scsimpath::fuse
