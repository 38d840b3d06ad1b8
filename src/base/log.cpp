// SPDX-License-Identifier: LGPL-2.1-or-later
// The log on top of spdlog.
#include "log.h"

#include <errno.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>
#include <syslog.h>

#include <array>
#include <atomic>
#include <chrono>
#include <iterator>
#include <memory>

#include "mutex.h"
#include "rate_limit.h"

namespace scsimpath::log {

namespace {

constexpr std::uint32_t burst = 100;
constexpr Duration interval = std::chrono::milliseconds(50);

spdlog::level::level_enum to_spdlog(Level level) noexcept {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("scsimpath", std::move(sink));
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

std::shared_ptr<spdlog::logger> make_stderr_logger() {
  auto logger = make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern(std::string(program_invocation_short_name) + ": %v");
  return logger;
}

/// A bucket for each level: a flood of one does not hide the others.
struct Log {
  Mutex mutex;
  std::shared_ptr<spdlog::logger> logger GUARDED_BY(mutex) = make_stderr_logger();
  std::array<RateLimit, 4> limits GUARDED_BY(mutex){
      RateLimit(burst, interval), RateLimit(burst, interval), RateLimit(burst, interval),
      RateLimit(burst, interval)};
};

// Never destroyed: threads may log while the program ends.
Log& the_log() {
  static Log* const log = new Log;
  return *log;
}

std::atomic<Level> threshold{Level::info};

void use(std::shared_ptr<spdlog::logger> logger) {
  Log& log = the_log();
  MutexLock lock(log.mutex);
  log.logger = std::move(logger);
}

}  // namespace

void to_stderr() {
  use(make_stderr_logger());
}

void to_syslog(const std::string& ident) {
  auto logger = make_logger(
      std::make_shared<spdlog::sinks::syslog_sink_mt>(ident, LOG_PID, LOG_DAEMON, true));
  logger->set_pattern("%v");
  use(std::move(logger));
}

void set_level(Level level) noexcept {
  threshold.store(level, std::memory_order_relaxed);
}

bool enabled(Level level) noexcept {
  return level >= threshold.load(std::memory_order_relaxed);
}

void write(Level level, fmt::string_view format, fmt::format_args arguments) noexcept {
  if (!enabled(level)) return;
  try {
    Log& log = the_log();
    std::shared_ptr<spdlog::logger> logger;
    std::uint64_t refused = 0;
    {
      MutexLock lock(log.mutex);
      RateLimit& limit = log.limits[static_cast<std::size_t>(level)];
      if (!limit.allow(std::chrono::steady_clock::now())) return;
      refused = limit.take_refused();
      logger = log.logger;
    }
    if (refused > 0) logger->log(to_spdlog(level), "{} messages were left out here", refused);
    fmt::memory_buffer line;
    fmt::vformat_to(std::back_inserter(line), format, arguments);
    logger->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
  } catch (...) {
    // Nowhere is left to say it.
  }
}

}  // namespace scsimpath::log
