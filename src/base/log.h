// SPDX-License-Identifier: LGPL-2.1-or-later
// What the program says to its administrator: one line at a time, with a level and a rate limit.
#pragma once

#include <fmt/core.h>

#include <string>
#include <utility>

namespace scsimpath::log {

enum class Level : std::uint8_t { debug, info, warning, error };

/// Lines go to stderr as `PROGRAM: text`, where they are until somebody says otherwise.
void to_stderr();
/// Lines go to syslog (facility daemon); `ident` is copied.
void to_syslog(const std::string& ident);
/// What is below it is not said. The default is `info`.
void set_level(Level level) noexcept;
[[nodiscard]] bool enabled(Level level) noexcept;

/// Says a line. Any thread. More than a hundred lines of one level at once, or twenty a second for
/// long, are not said but counted; the count comes with the next line of that level.
void write(Level level, fmt::string_view format, fmt::format_args arguments) noexcept;

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) noexcept {
  if (enabled(Level::debug)) write(Level::debug, format, fmt::make_format_args(args...));
}

template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) noexcept {
  write(Level::info, format, fmt::make_format_args(args...));
}

template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) noexcept {
  write(Level::warning, format, fmt::make_format_args(args...));
}

template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) noexcept {
  write(Level::error, format, fmt::make_format_args(args...));
}

}  // namespace scsimpath::log
