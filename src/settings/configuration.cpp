// SPDX-License-Identifier: LGPL-2.1-or-later
// Puts SOURCE, options and file together and says what is in force.
#include "configuration.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "source.h"

namespace scsimpath::settings {
namespace {

/// The program leaves its working directory when it goes to the background.
Result<std::string> make_absolute(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  if (error) return fail(error.value(), fmt::format("{}: {}", path, error.message()));
  return absolute.lexically_normal().string();
}

bool same_image(const std::string& a, const std::string& b) {
  std::error_code error;
  return a == b || std::filesystem::equivalent(a, b, error);
}

}  // namespace

void Configuration::add_source() {
  if (source_disk) contents.disks.push_back(*source_disk);
  // A filter of the file's is in force for SOURCE udev too.
  if (source_udev && !contents.udev) contents.udev.emplace();
  if (!source_list.empty()) contents.lists.push_back(source_list);
}

MountSettings Configuration::mount() const {
  MountSettings settings;
  overlay(settings, contents.defaults);
  overlay(settings, options.settings);
  return settings;
}

HeadSettings Configuration::defaults() const {
  return head({});
}

HeadSettings Configuration::head(std::span<const HeadSection* const> own) const {
  HeadSettings settings;
  overlay(settings, contents.defaults);
  for (const HeadSection* section : own) overlay(settings, section->settings);
  overlay(settings, options.settings);
  return settings;
}

Result<Configuration> make_configuration(std::string_view source,
                                         std::span<const std::string> options) {
  Configuration configuration;
  configuration.source = source;
  for (const std::string& text : options) {
    if (auto good = parse_mount_options(text, configuration.options); !good) {
      return std::unexpected(good.error());
    }
  }
  auto parsed = parse_source(source);
  if (!parsed) return std::unexpected(parsed.error());

  configuration.file = configuration.mount().config;
  if (const auto* file = std::get_if<ConfigurationFile>(&*parsed)) {
    if (!configuration.file.empty()) {
      return fail(EINVAL, fmt::format("option config={}: SOURCE {} is a configuration file already",
                                      configuration.file, source));
    }
    configuration.file = file->path;
  }
  if (!configuration.file.empty()) {
    auto absolute = make_absolute(configuration.file);
    if (!absolute) return std::unexpected(absolute.error());
    configuration.file = *std::move(absolute);
    auto contents = read_configuration(configuration.file);
    if (!contents) return std::unexpected(contents.error());
    configuration.contents = *std::move(contents);
  }
  if (const auto* disk = std::get_if<EmulatedDisk>(&*parsed)) {
    auto absolute = make_absolute(disk->image);
    if (!absolute) return std::unexpected(absolute.error());
    DiskSection section{.disk = *disk, .head = {}};
    section.disk.image = *std::move(absolute);
    for (const DiskSection& other : configuration.contents.disks) {
      if (same_image(other.disk.image, section.disk.image)) {
        return fail(EINVAL,
                    fmt::format("{}: the image is in {} already", source, configuration.file));
      }
    }
    configuration.source_disk = std::move(section);
  }
  configuration.source_udev = std::holds_alternative<UdevSource>(*parsed);
  if (auto* const list = std::get_if<DeviceList>(&*parsed)) {
    configuration.source_list = std::move(*list);
  }
  configuration.add_source();
  const FileContents& contents = configuration.contents;
  if (contents.disks.empty() && contents.lists.empty() && !contents.udev) {
    return fail(EINVAL, fmt::format("{}: no disk is named: add [udev], [[paths]] or [[emulated]]",
                                    configuration.file));
  }
  return configuration;
}

}  // namespace scsimpath::settings
