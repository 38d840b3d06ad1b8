// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds attributes of a device in sysfs.
#include "sysfs.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "device_identification.h"
#include "system_error.h"
#include "text.h"

namespace scsimpath::discovery {

namespace fs = std::filesystem;

namespace {

/// What sg takes of one command, where no block device tells the device's own limit.
constexpr std::uint32_t cautious_transfer = 128U << 10U;
/// The largest command that sg's own buffers hold.
constexpr std::uint32_t most_transfer = 8U << 20U;
constexpr std::uint32_t segment_size = 4096;

std::vector<std::string> entries(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

template <class Number>
std::optional<Number> read_number(const fs::path& file) {
  const auto line = read_line(file);
  return line ? parse_number<Number>(*line) : std::nullopt;
}

/// `8:32`.
std::optional<dev_t> read_device_number(const fs::path& file) {
  const auto line = read_line(file);
  if (!line) return std::nullopt;
  const auto parts = split(*line, ':');
  if (parts.size() != 2) return std::nullopt;
  const auto major = parse_number<unsigned>(parts[0]);
  const auto minor = parse_number<unsigned>(parts[1]);
  if (!major || !minor) return std::nullopt;
  return makedev(*major, *minor);
}

/// The nearest folder above a device that tells of a NUMA node: that of the host's PCI device.
int read_numa_node(fs::path folder) {
  for (; folder.has_relative_path(); folder = folder.parent_path()) {
    if (const auto node = read_number<int>(folder / "numa_node")) return *node;
  }
  return -1;
}

std::uint32_t read_max_transfer(const fs::path& queue) {
  const auto kib = read_number<std::uint64_t>(queue / "max_hw_sectors_kb");
  if (!kib || *kib == 0) return cautious_transfer;
  std::uint64_t bytes = *kib << 10U;
  // Of a buffer that is in pages anywhere.
  const auto segments = read_number<std::uint64_t>(queue / "max_segments");
  if (segments && *segments != 0) bytes = std::min(bytes, *segments * segment_size);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, most_transfer));
}

}  // namespace

bool is_device_name(std::string_view text) noexcept {
  int numbers = 0;
  while (true) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) return false;
    ++numbers;
    text.remove_prefix(digits);
    if (text.empty()) return numbers == 4;
    if (text.front() != ':') return false;
    text.remove_prefix(1);
  }
}

std::optional<std::string> read_line(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  if (!std::getline(stream, line)) return std::nullopt;
  return std::string(trim(line));
}

fs::path Sysfs::folder(std::string_view name) const {
  return sys_ / "class/scsi_device" / name / "device";
}

std::vector<std::string> Sysfs::names() const {
  std::vector<std::string> names = entries(sys_ / "class/scsi_device");
  std::erase_if(names, [](const std::string& name) { return !is_device_name(name); });
  return names;
}

std::optional<ScsiDevice> Sysfs::read(const std::string& name) const {
  std::error_code error;
  const fs::path folder = fs::canonical(this->folder(name), error);
  struct stat status {};
  // The kernel never numbers two of these folders alike.
  if (error || ::stat(folder.c_str(), &status) != 0) return std::nullopt;
  ScsiDevice device;
  device.name = name;
  device.incarnation = status.st_ino;
  device.type = read_number<int>(folder / "type").value_or(-1);
  device.vendor = read_line(folder / "vendor").value_or("");
  device.product = read_line(folder / "model").value_or("");
  for (const std::string& node : entries(folder / "scsi_generic")) {
    device.sg_node = (dev_ / node).string();
  }
  for (const std::string& node : entries(folder / "bsg")) {
    device.bsg_node = (dev_ / "bsg" / node).string();
  }
  device.max_transfer = cautious_transfer;
  for (const std::string& block : entries(folder / "block")) {
    const fs::path block_folder = folder / "block" / block;
    device.block_node = (dev_ / block).string();
    device.block_number = read_device_number(block_folder / "dev").value_or(0);
    device.max_transfer = read_max_transfer(block_folder / "queue");
  }
  device.numa_node = read_numa_node(folder);
  device.queue_depth = read_number<unsigned>(folder / "queue_depth").value_or(1);
  const fs::path host = sys_ / "class/scsi_host" / fmt::format("host{}", device.host());
  if (const auto most = read_number<unsigned>(host / "can_queue"); most && *most != 0) {
    device.queue_depth = std::min(device.queue_depth, *most);
  }
  return device;
}

unsigned Sysfs::commands_in_flight(std::string_view name) const {
  return read_number<unsigned>(folder(name) / "device_busy").value_or(0);
}

std::string Sysfs::wwid_of(std::string_view name) const {
  std::ifstream stream(folder(name) / "vpd_pg83", std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(stream), {}};
  auto identification = scsi::parse_device_identification(
      {reinterpret_cast<const std::uint8_t*>(page.data()), page.size()});
  return identification ? std::move(identification->wwid) : std::string();
}

Result<std::string> Sysfs::device_of(const std::string& node) const {
  struct stat status {};
  if (::stat(node.c_str(), &status) != 0) {
    const int number = errno;
    if (number != ENOENT) return system_failure(number, node);
    return fail(ENOENT,
                fmt::format("{}: there is no such node (lsscsi -g lists those there are)", node));
  }
  const bool block = S_ISBLK(status.st_mode);
  if (!block && !S_ISCHR(status.st_mode)) {
    return fail(ENOTBLK, fmt::format("{}: is no device node (give /dev/sdX or /dev/sgN)", node));
  }
  const fs::path link = sys_ / "dev" / (block ? "block" : "char") /
                        fmt::format("{}:{}", major(status.st_rdev), minor(status.st_rdev));
  std::error_code error;
  if (block && fs::exists(link / "partition", error)) {
    return fail(ENOTBLK, fmt::format("{}: is a partition (give the whole disk)", node));
  }
  const std::string name = fs::canonical(link / "device", error).filename().string();
  if (error || !is_device_name(name)) {
    return fail(ENOTTY, fmt::format("{}: is not a SCSI device (give /dev/sdX or /dev/sgN)", node));
  }
  return name;
}

std::vector<std::string> Sysfs::block_names(const ScsiDevice& device) const {
  std::vector<std::string> names;
  for (const std::string& disk : entries(folder(device.name) / "block")) {
    names.push_back(disk);
    for (const std::string& part : entries(folder(device.name) / "block" / disk)) {
      std::error_code error;
      if (part.starts_with(disk) &&
          fs::exists(folder(device.name) / "block" / disk / part / "partition", error)) {
        names.push_back(part);
      }
    }
  }
  return names;
}

}  // namespace scsimpath::discovery
