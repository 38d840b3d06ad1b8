// SPDX-License-Identifier: LGPL-2.1-or-later
// SIGHUP.
#include "reload.h"

#include <fmt/format.h>

#include <algorithm>

#include "log.h"
#include "plan.h"
#include "table.h"

namespace scsimpath::daemon {
namespace {

const settings::DiskSection* find_image(const settings::Configuration& configuration,
                                        const std::string& image) {
  const auto& disks = configuration.contents.disks;
  const auto found = std::ranges::find(
      disks, image, [](const settings::DiskSection& section) { return section.disk.image; });
  return found == disks.end() ? nullptr : &*found;
}

/// The file's part of the configuration anew; a disk that SOURCE itself names stays.
Result<settings::Configuration> read_again(const settings::Configuration& before,
                                           const RequestTimeouts& limits) {
  auto contents = settings::read_configuration(before.file);
  if (!contents) return std::unexpected(contents.error());
  settings::Configuration next = before;
  next.contents = *std::move(contents);
  next.add_source();
  if (auto good = check_kernel_limits(next, limits); !good) {
    return fail(good.error().number, fmt::format("{}: {}", before.file, good.error().message));
  }
  return next;
}

}  // namespace

HeadSettings follow(HeadSettings current, const HeadSettings& before, const HeadSettings& after) {
  for (const settings::Setting& setting : settings::all_settings()) {
    if (!setting.xattr) continue;
    const std::string old_text = setting.print(before);
    const std::string new_text = setting.print(after);
    if (old_text == new_text || setting.print(current) != old_text) continue;
    // It was printed by the same entry of the table.
    static_cast<void>(setting.apply(current, new_text));
  }
  return current;
}

std::vector<std::string> needs_new_mount(const settings::Configuration& before,
                                         const settings::Configuration& after) {
  std::vector<std::string> texts;
  const settings::MountSettings old_mount = before.mount();
  const settings::MountSettings new_mount = after.mount();
  for (const settings::Setting& setting : settings::all_settings()) {
    if (!setting.xattr && setting.print(old_mount) != setting.print(new_mount)) {
      texts.push_back(fmt::format("{} has changed", setting.name));
    }
  }
  if (before.contents.udev != after.contents.udev) texts.emplace_back("[udev] has changed");
  if (before.contents.lists != after.contents.lists) texts.emplace_back("[[paths]] has changed");
  for (const settings::DiskSection& section : before.contents.disks) {
    const settings::DiskSection* const now = find_image(after, section.disk.image);
    if (now == nullptr) {
      texts.push_back(fmt::format("image {} has gone", section.disk.image));
    } else if (now->disk != section.disk) {
      texts.push_back(fmt::format("image {} has other keys", section.disk.image));
    }
  }
  for (const settings::DiskSection& section : after.contents.disks) {
    if (find_image(before, section.disk.image) == nullptr) {
      texts.push_back(fmt::format("image {} is new", section.disk.image));
    }
  }
  return texts;
}

void reload(Profiles& profiles, Registry& registry, Mutex& settings_mutex,
            const RequestTimeouts& limits) {
  const settings::Configuration before = profiles.configuration();
  if (before.file.empty()) {
    log::info("there is no configuration file to read again");
    return;
  }
  auto next = read_again(before, limits);
  if (!next) {
    log::error("{}; nothing has changed", next.error().message);
    return;
  }
  for (const std::string& text : needs_new_mount(before, *next)) {
    log::warn("{}: {}, which takes effect at the next mount", before.file, text);
  }
  // First: a head that appears from here on is made as the new file says.
  profiles.replace(*next);
  for (const std::shared_ptr<Head>& head : registry.heads()) {
    const HeadProfile old_profile = profiles.preview(before, head->wwid());
    const HeadProfile new_profile = profiles.preview(*next, head->wwid());
    if (old_profile.alias != new_profile.alias) {
      log::warn("{}: {} has another alias, which takes effect at the next mount", before.file,
                head->name());
    }
    const MutexLock lock(settings_mutex);
    const HeadSettings current = head->settings();
    const HeadSettings wanted = follow(current, old_profile.settings, new_profile.settings);
    if (wanted != current) head->apply(wanted, settings::changes(current, wanted));
  }
  log::info("{} was read again", before.file);
}

}  // namespace scsimpath::daemon
