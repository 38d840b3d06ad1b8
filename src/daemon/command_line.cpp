// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the arguments and says what they may be.
#include "command_line.h"

#include <fmt/format.h>

#include <string_view>

#include "emulated_disk.h"
#include "table.h"

namespace scsimpath::daemon {
namespace {

/// One argument that begins with `-`; `next` is the one behind it. False: not known.
bool take_option(std::string_view text, const char* next, bool& took_next, CommandLine& line) {
  if (text.starts_with("-o")) {
    took_next = text.size() == 2;
    if (took_next && next == nullptr) return false;
    line.options.emplace_back(took_next ? std::string_view(next) : text.substr(2));
    return true;
  }
  if (text == "-f") {
    line.foreground = true;
  } else if (text == "-d") {
    line.debug = line.foreground = true;
  } else if (text == "-h" || text == "--help") {
    line.wish = CommandLine::Wish::help;
  } else if (text == "-V" || text == "--version") {
    line.wish = CommandLine::Wish::version;
  } else {
    return text == "-s";  // libfuse's "one thread only", which scripts pass to any file system
  }
  return true;
}

void append_entry(std::string& text, std::string_view name, std::string_view values, bool flag,
                  std::string_view default_text, std::string_view help) {
  const std::string left = flag ? std::string(name) : fmt::format("{}={}", name, values);
  text += fmt::format("  {}\n      {}; default: {}\n", left, help, default_text);
}

}  // namespace

std::optional<CommandLine> parse_command_line(std::span<const char* const> arguments) {
  CommandLine line;
  std::vector<std::string> names;
  bool options_end = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view text = arguments[i];
    if (options_end || !text.starts_with('-') || text.size() == 1) {
      names.emplace_back(text);
    } else if (text == "--") {
      options_end = true;
    } else {
      bool took_next = false;
      const char* const next = i + 1 < arguments.size() ? arguments[i + 1] : nullptr;
      if (!take_option(text, next, took_next, line)) return std::nullopt;
      if (took_next) ++i;
    }
  }
  if (line.wish != CommandLine::Wish::mount) return line;
  if (names.size() != 2 || names[0].empty() || names[1].empty()) return std::nullopt;
  line.source = names[0];
  line.mountpoint = names[1];
  return line;
}

std::string usage_text() {
  return "usage: scsimpath SOURCE MOUNTPOINT [-o option,…] [-f] [-d] | --help | --version\n";
}

std::string help_text() {
  std::string text = usage_text();
  text +=
      "\nMounts a file system with one file per multipath SCSI disk.\n"
      "\nSOURCE\n"
      "  udev\n      every suitable SCSI disk, now and later\n"
      "  /dev/sdX:/dev/sgN:…, paths:/dev/sdX:/dev/sgN:…\n      just these paths\n"
      "  emulated:IMAGE[,key=value]…\n      an emulated disk on an image file\n"
      "  NAME.toml\n      a configuration file, see scsimpath.toml(5)\n"
      "\nArguments\n"
      "  -f  stay in the foreground, log to stderr\n"
      "  -d  show every request of the kernel, implies -f\n"
      "\nOptions (-o), and those of mount(8) and libfuse\n";
  for (const settings::Setting& setting : settings::all_settings()) {
    if (setting.option) {
      append_entry(text, setting.name, setting.values, setting.flag, setting.default_text,
                   setting.help);
    }
  }
  text += "\nKeys of an emulated disk\n";
  for (const settings::DiskKey& key : settings::all_disk_keys()) {
    append_entry(text, key.name, key.values, key.flag, key.default_text, key.help);
  }
  return text;
}

}  // namespace scsimpath::daemon
