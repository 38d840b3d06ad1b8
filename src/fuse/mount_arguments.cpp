// SPDX-License-Identifier: LGPL-2.1-or-later
// Options to arguments; messages to lines.
#include "mount_arguments.h"

#include <fuse_log.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <new>
#include <string_view>

#include "io_request.h"
#include "log.h"
#include "text.h"

namespace scsimpath::fuse {

namespace {

std::string* collected = nullptr;
std::string collection;

__attribute__((format(printf, 2, 0))) void take_message(fuse_log_level level, const char* format,
                                                        va_list arguments) {
  std::array<char, 1024> buffer;
  (void)std::vsnprintf(buffer.data(), buffer.size(), format, arguments);
  std::string_view line = trim(buffer.data());
  constexpr std::string_view prefix = "fuse: ";
  if (line.starts_with(prefix)) line.remove_prefix(prefix.size());
  if (collected != nullptr) {
    if (!collected->empty()) *collected += "; ";
    *collected += line;
  } else if (level <= FUSE_LOG_ERR) {
    log::error("libfuse: {}", line);
  } else {
    log::info("libfuse: {}", line);
  }
}

}  // namespace

std::string escape_option(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == ',' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

MountArguments::MountArguments(const Options& options) {
  add("scsimpath");
  const auto option = [this](const std::string& text) {
    add("-o");
    add(text);
  };
  option("fsname=" + escape_option(options.source));
  option("subtype=scsimpath");
  option("default_permissions");
  option("max_read=" + std::to_string(max_payload));
  if (options.allow_other) option("allow_other");
  if (options.read_only) option("ro");
  if (options.debug) option("debug");
  for (const std::string& text : options.libfuse_options) option(text);
}

void MountArguments::add(const std::string& argument) {
  if (fuse_opt_add_arg(&arguments_, argument.c_str()) != 0) throw std::bad_alloc();
}

LibraryMessages::LibraryMessages() noexcept {
  collection.clear();
  collected = &collection;
  fuse_set_log_func(&take_message);
}

LibraryMessages::~LibraryMessages() {
  collected = nullptr;
}

std::string LibraryMessages::text(const std::string& otherwise) const {
  return collection.empty() ? otherwise : collection;
}

}  // namespace scsimpath::fuse
