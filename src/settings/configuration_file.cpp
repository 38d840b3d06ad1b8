// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads NAME.toml.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "configuration.h"
#include "text.h"

namespace scsimpath::settings {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = 1 << 20;

/// Settings as text, whatever type the file gave them: one parser serves options, xattrs and files.
std::optional<std::string> as_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* truth = node.as_boolean()) return truth->get() ? "yes" : "no";
  if (const auto* number = node.as_integer()) {
    // 0o600 is a mode and written so; in decimal it would be another one.
    const bool octal =
        (number->flags() & toml::value_flags::format_as_octal) != toml::value_flags::none;
    return octal ? fmt::format("{:#o}", number->get()) : fmt::format("{}", number->get());
  }
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  return std::nullopt;
}

class Reader {
 public:
  Reader(const std::string& file, const std::string& directory)
      : file_(file), directory_(directory) {}

  Result<FileContents> read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      if (auto good = top_level(key, node); !good) return std::unexpected(good.error());
    }
    return std::move(contents_);
  }

 private:
  [[nodiscard]] std::unexpected<Error> wrong(const toml::source_region& where,
                                             const std::string& what) const {
    return fail(EINVAL, fmt::format("{}:{}: {}", file_, where.begin.line, what));
  }

  Result<void> top_level(const toml::key& key, const toml::node& node) {
    const std::string_view name = key.str();
    if (name == "udev") return udev(key, node);
    if (name == "paths") return each(key, node, &Reader::paths);
    if (name == "emulated") return each(key, node, &Reader::emulated);
    if (name == "head") return each(key, node, &Reader::head);
    const Setting* const setting = find_setting(name);
    if (setting == nullptr || !setting->toml) {
      return wrong(key.source(), fmt::format("{}: unknown key", name));
    }
    return take(contents_.defaults, *setting, key, node);
  }

  using Section = Result<void> (Reader::*)(const toml::table&);
  Result<void> each(const toml::key& key, const toml::node& node, Section section) {
    const toml::array* const array = node.as_array();
    if (array == nullptr) {
      return wrong(key.source(), fmt::format("{}: is written [[{}]]", key.str(), key.str()));
    }
    for (const toml::node& element : *array) {
      const toml::table* const table = element.as_table();
      if (table == nullptr) {
        return wrong(element.source(), fmt::format("{}: is written [[{}]]", key.str(), key.str()));
      }
      if (auto good = (this->*section)(*table); !good) return good;
    }
    return {};
  }

  Result<void> udev(const toml::key& key, const toml::node& node) {
    const toml::table* const table = node.as_table();
    if (table == nullptr) return wrong(key.source(), "udev: is written [udev]");
    discovery::DiskFilter& filter = contents_.udev.emplace();
    for (const auto& [name, value] : *table) {
      std::vector<discovery::DiskPattern>* const patterns = name == "include"   ? &filter.include
                                                            : name == "exclude" ? &filter.exclude
                                                                                : nullptr;
      if (patterns == nullptr) {
        return wrong(name.source(), fmt::format("{}: unknown key in [udev]", name.str()));
      }
      const toml::array* const array = value.as_array();
      if (array == nullptr) return wrong(name.source(), pattern_form(name.str()));
      for (const toml::node& element : *array) {
        auto pattern = disk_pattern(name.str(), element);
        if (!pattern) return std::unexpected(pattern.error());
        patterns->push_back(*std::move(pattern));
      }
    }
    return {};
  }

  static std::string pattern_form(std::string_view name) {
    return fmt::format("{}: is written [{{ vendor = \"PATTERN\" }}, …]", name);
  }

  Result<discovery::DiskPattern> disk_pattern(std::string_view name, const toml::node& node) const {
    const toml::table* const table = node.as_table();
    if (table == nullptr || table->empty()) return wrong(node.source(), pattern_form(name));
    discovery::DiskPattern pattern;
    for (const auto& [key, value] : *table) {
      std::string* const place = key == "wwid"       ? &pattern.wwid
                                 : key == "vendor"   ? &pattern.vendor
                                 : key == "product"  ? &pattern.product
                                 : key == "device"   ? &pattern.device
                                 : key == "property" ? &pattern.property
                                                     : nullptr;
      if (place == nullptr) {
        return wrong(key.source(), fmt::format("{}: unknown key in {} (wwid, vendor, product, "
                                               "device, property)",
                                               key.str(), name));
      }
      const auto* const text = value.as_string();
      if (text == nullptr || text->get().empty()) {
        return wrong(key.source(), fmt::format("{}: must be a shell pattern", key.str()));
      }
      *place = text->get();
    }
    if (!pattern.property.empty() && pattern.property.find('=') == std::string::npos) {
      return wrong(node.source(), "property: must be NAME=PATTERN");
    }
    return pattern;
  }

  Result<void> paths(const toml::table& table) {
    DeviceList devices;
    for (const auto& [key, node] : table) {
      const toml::array* const array = node.as_array();
      if (key != "devices" || array == nullptr) {
        return wrong(key.source(), "[[paths]]: is written devices = [\"/dev/sdX\", …]");
      }
      for (const toml::node& element : *array) {
        const auto* const text = element.as_string();
        if (text == nullptr) return wrong(element.source(), "devices: must be names of nodes");
        devices.push_back(text->get());
      }
    }
    if (auto good = check(devices); !good) {
      return wrong(table.source(), "[[paths]]: " + good.error().message);
    }
    contents_.lists.push_back(std::move(devices));
    return {};
  }

  Result<void> emulated(const toml::table& table) {
    DiskSection section;
    for (const auto& [key, node] : table) {
      if (auto good = disk_key(section, key, node); !good) return good;
    }
    if (section.disk.image.empty()) return wrong(table.source(), "[[emulated]]: image is missing");
    if (auto good = check(section.disk); !good) {
      return wrong(table.source(), "[[emulated]]: " + good.error().message);
    }
    for (const DiskSection& other : contents_.disks) {
      std::error_code error;
      if (other.disk.image == section.disk.image ||
          fs::equivalent(other.disk.image, section.disk.image, error)) {
        return wrong(table.source(),
                     fmt::format("[[emulated]]: image {} stands here twice", section.disk.image));
      }
      if (!section.disk.wwid.empty() && section.disk.wwid == other.disk.wwid) {
        return wrong(table.source(),
                     fmt::format("[[emulated]]: wwid {} stands here twice", section.disk.wwid));
      }
    }
    contents_.disks.push_back(std::move(section));
    return {};
  }

  Result<void> disk_key(DiskSection& section, const toml::key& key, const toml::node& node) {
    const std::string_view name = key.str();
    if (name == "image") {
      const auto* text = node.as_string();
      if (text == nullptr || text->get().empty()) {
        return wrong(key.source(), "[[emulated]]: image: must be the name of a file");
      }
      section.disk.image = (fs::path(directory_) / text->get()).lexically_normal().string();
      return {};
    }
    if (name == "alias") return alias(section.head, key, node);
    if (const DiskKey* disk = find_disk_key(name)) {
      const auto text = as_text(node);
      if (!text) return wrong(key.source(), fmt::format("{}: must be {}", name, disk->values));
      if (auto good = disk->apply(section.disk, *text); !good) {
        return wrong(key.source(), good.error().message);
      }
      return {};
    }
    return head_setting(section.head, key, node, "[[emulated]]");
  }

  Result<void> head(const toml::table& table) {
    HeadSection section;
    for (const auto& [key, node] : table) {
      if (auto good = head_key(section, key, node); !good) return good;
    }
    if (section.wwid.empty()) return wrong(table.source(), "[[head]]: wwid is missing");
    const auto same = [&](const HeadSection& other) { return other.wwid == section.wwid; };
    if (std::ranges::any_of(contents_.heads, same)) {
      return wrong(table.source(),
                   fmt::format("[[head]]: wwid {} stands here twice", section.wwid));
    }
    contents_.heads.push_back(std::move(section));
    return {};
  }

  Result<void> head_key(HeadSection& section, const toml::key& key, const toml::node& node) {
    if (key.str() == "alias") return alias(section, key, node);
    if (key.str() == "wwid") {
      const auto* text = node.as_string();
      if (text == nullptr || text->get().empty()) {
        return wrong(key.source(), "[[head]]: wwid: must be the unique id of a disk");
      }
      section.wwid = text->get();
      return {};
    }
    return head_setting(section, key, node, "[[head]]");
  }

  Result<void> head_setting(HeadSection& section, const toml::key& key, const toml::node& node,
                            std::string_view part) {
    const Setting* const setting = find_setting(key.str());
    if (setting == nullptr || !setting->toml) {
      return wrong(key.source(), fmt::format("{}: unknown key in {}", key.str(), part));
    }
    if (!setting->xattr) {
      return wrong(key.source(),
                   fmt::format("{}: is of the whole mount: move it above every [[…]]", key.str()));
    }
    return take(section.settings, *setting, key, node);
  }

  Result<void> alias(HeadSection& section, const toml::key& key, const toml::node& node) {
    constexpr std::size_t longest_file_name = 255;
    const auto* text = node.as_string();
    const std::string name = text == nullptr ? std::string() : text->get();
    const bool plain = std::ranges::none_of(name, [](char c) {
      return c == '/' || static_cast<unsigned char>(c) < ' ' || c == '\x7f';
    });
    if (name.empty() || name.size() > longest_file_name || !plain || name.starts_with('.') ||
        name == "by-id") {
      return wrong(key.source(),
                   fmt::format("alias={}: must be a file name, not by-id or one that begins with a "
                               "full stop",
                               escape_file_name(name)));
    }
    if (std::ranges::find(aliases_, name) != aliases_.end()) {
      return wrong(key.source(), fmt::format("alias={}: stands here twice", name));
    }
    aliases_.push_back(name);
    section.alias = name;
    return {};
  }

  Result<void> take(Assignments& to, const Setting& setting, const toml::key& key,
                    const toml::node& node) {
    const auto text = as_text(node);
    if (!text)
      return wrong(key.source(), fmt::format("{}: must be {}", setting.name, setting.values));
    if (auto good = assign(to, setting, *text); !good) {
      return wrong(key.source(), good.error().message);
    }
    return {};
  }

  const std::string& file_;
  const std::string& directory_;
  FileContents contents_;
  std::vector<std::string> aliases_;
};

}  // namespace

Result<FileContents> parse_configuration(std::string_view text, const std::string& file,
                                         const std::string& directory) {
  try {
    const toml::table root = toml::parse(text, std::string_view(file));
    return Reader(file, directory).read(root);
  } catch (const toml::parse_error& error) {
    return fail(EINVAL,
                fmt::format("{}:{}: {}", file, error.source().begin.line, error.description()));
  } catch (const std::exception& error) {
    return fail(EINVAL, fmt::format("{}: {}", file, error.what()));
  }
}

Result<FileContents> read_configuration(const std::string& file) {
  std::error_code error;
  if (fs::is_directory(file, error)) return fail(EISDIR, fmt::format("{}: is a folder", file));
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(errno, fmt::format("{}: {}", file, std::strerror(errno)));
  std::string text(largest_file + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return fail(EIO, fmt::format("{}: cannot be read", file));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > largest_file) return fail(EFBIG, fmt::format("{}: is larger than 1 MiB", file));
  return parse_configuration(text, file, fs::path(file).parent_path().string());
}

}  // namespace scsimpath::settings
