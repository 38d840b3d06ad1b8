// SPDX-License-Identifier: LGPL-2.1-or-later
// The keys of an emulated disk and the text that names one.
#include "emulated_disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "text.h"
#include "values.h"

namespace scsimpath::settings {
namespace {

/// As many as a head keeps apart.
constexpr unsigned most_paths = 64;

using Disk = EmulatedDisk;
using Text = std::string_view;

template <class Value>
bool set(Disk& disk, Value Disk::*member, std::optional<Value> value) {
  if (value) disk.*member = *value;
  return value.has_value();
}

constexpr std::array keys{
    DiskKey{.name = "size",
            .values = "BYTES, or with KiB, MiB, GiB or TiB",
            .default_text = "the image's own",
            .help = "capacity; must equal that of an image that exists",
            .set =
                [](Disk& disk, Text text) {
                  const auto size = parse_size(text);
                  if (!size || *size == 0) return false;
                  disk.size = size;
                  return true;
                }},
    DiskKey{.name = "paths",
            .values = "1 to 64",
            .default_text = "2",
            .help = "how many ports, each a path and a target port group of its own",
            .set =
                [](Disk& disk, Text text) {
                  const auto count = parse_number<unsigned>(text);
                  if (!count || *count == 0 || *count > most_paths) return false;
                  disk.paths = *count;
                  return true;
                }},
    DiskKey{.name = "block_size",
            .values = "512|4096",
            .default_text = "512",
            .help = "bytes of a logical block",
            .set =
                [](Disk& disk, Text text) {
                  if (text != "512" && text != "4096") return false;
                  disk.block_size = text == "512" ? 512 : 4096;
                  return true;
                }},
    DiskKey{.name = "wwid",
            .values = "an id: naa.…",
            .default_text = "derived from the image's real path",
            .help = "unique id of the disk",
            .set =
                [](Disk& disk, Text text) {
                  if (text.empty()) return false;
                  disk.wwid = text;
                  return true;
                }},
    DiskKey{
        .name = "thin",
        .values = "yes|no",
        .default_text = "yes",
        .help = "thin provisioned: blocks can be given back",
        .set = [](Disk& disk, Text text) { return set(disk, &Disk::thin, parse_yes_no(text)); }},
    DiskKey{.name = "lbprz",
            .values = "0|1",
            .default_text = "1",
            .help = "blocks given back read as zeros",
            .set =
                [](Disk& disk, Text text) {
                  if (text != "0" && text != "1") return false;
                  disk.lbprz = text == "1";
                  return true;
                }},
    DiskKey{.name = "unmap_ignore",
            .values = "yes|no",
            .default_text = "no",
            .help = "yes: UNMAP of part of a granule changes nothing",
            .set = [](Disk& disk,
                      Text text) { return set(disk, &Disk::unmap_ignore, parse_yes_no(text)); }},
    DiskKey{.name = "cache",
            .values = "none|volatile",
            .default_text = "none",
            .help = "volatile: a write cache that a loss of power empties",
            .set =
                [](Disk& disk, Text text) {
                  if (text != "none" && text != "volatile") return false;
                  disk.volatile_cache = text == "volatile";
                  return true;
                }},
    DiskKey{.name = "ro",
            .values = "yes|no",
            .default_text = "no",
            .help = "write-protected",
            .flag = true,
            .set = [](Disk& disk,
                      Text text) { return set(disk, &Disk::read_only, parse_yes_no(text)); }},
};

}  // namespace

Result<void> DiskKey::apply(EmulatedDisk& target, std::string_view text) const {
  if (!set(target, text)) return fail(EINVAL, fmt::format("{}={}: must be {}", name, text, values));
  return {};
}

std::span<const DiskKey> all_disk_keys() noexcept {
  return keys;
}

const DiskKey* find_disk_key(std::string_view name) noexcept {
  const auto found = std::ranges::find(keys, name, &DiskKey::name);
  return found == keys.end() ? nullptr : &*found;
}

Result<void> check(const EmulatedDisk& disk) {
  if (disk.image.empty()) return fail(EINVAL, "an emulated disk needs an image: emulated:IMAGE");
  if (disk.size && *disk.size % disk.block_size != 0) {
    return fail(EINVAL, fmt::format("size={}: must be a multiple of block_size={}", *disk.size,
                                    disk.block_size));
  }
  return {};
}

Result<EmulatedDisk> parse_emulated_disk(std::string_view text) {
  EmulatedDisk disk;
  const std::vector<std::string> parts = split_at_commas(text);
  disk.image = parts.front();
  for (const std::string_view part : std::span(parts).subspan(1)) {
    const std::size_t equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    const DiskKey* const key = find_disk_key(name);
    if (key == nullptr) {
      return fail(EINVAL, fmt::format("{}: unknown key of an emulated disk "
                                      "(a comma in the image's name is written \\,)",
                                      name.empty() ? "an empty key" : name));
    }
    const bool has_value = equals != std::string_view::npos;
    if (!has_value && !key->flag) {
      return fail(EINVAL, fmt::format("{} needs a value: {}", name, key->values));
    }
    if (auto good = key->apply(disk, has_value ? part.substr(equals + 1) : "yes"); !good) {
      return std::unexpected(good.error());
    }
  }
  if (auto good = check(disk); !good) return std::unexpected(good.error());
  return disk;
}

}  // namespace scsimpath::settings
