// SPDX-License-Identifier: LGPL-2.1-or-later
// Matches disks against patterns.
#include "filter.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <string_view>

#include "text.h"

namespace scsimpath::discovery {

namespace {

bool matches(const std::string& pattern, const std::string& text) {
  return pattern.empty() || ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

std::string_view property_name(const DiskPattern& pattern) {
  return std::string_view(pattern.property).substr(0, pattern.property.find('='));
}

bool has_property(const DiskPattern& pattern, const DiskFacts& facts) {
  if (pattern.property.empty()) return true;
  const std::size_t equals = pattern.property.find('=');
  const std::string_view name = property_name(pattern);
  const std::string value =
      equals == std::string::npos ? std::string("*") : pattern.property.substr(equals + 1);
  return std::ranges::any_of(facts.properties, [&](const auto& property) {
    return property.first == name && ::fnmatch(value.c_str(), property.second.c_str(), 0) == 0;
  });
}

/// Without a look at the WWID.
bool matches_otherwise(const DiskPattern& pattern, const DiskFacts& facts) {
  const auto names_device = [&](const std::string& name) { return matches(pattern.device, name); };
  return matches(pattern.vendor, facts.vendor) && matches(pattern.product, facts.product) &&
         (pattern.device.empty() || std::ranges::any_of(facts.devices, names_device)) &&
         has_property(pattern, facts);
}

bool matches(const DiskPattern& pattern, const DiskFacts& facts) {
  return matches(pattern.wwid, facts.wwid) && matches_otherwise(pattern, facts);
}

std::string describe(const DiskPattern& pattern) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) parts.push_back(fmt::format("{}={}", key, value));
  };
  add("wwid", pattern.wwid);
  add("vendor", pattern.vendor);
  add("product", pattern.product);
  add("device", pattern.device);
  add("property", pattern.property);
  return join(parts, ",");
}

std::string excluded_by(const DiskPattern& pattern) {
  return fmt::format("excluded by the configuration ({})", describe(pattern));
}

constexpr const char* not_included = "not included by the configuration";

}  // namespace

bool DiskFilter::names_properties() const {
  const auto names = [](const DiskPattern& pattern) { return !pattern.property.empty(); };
  return std::ranges::any_of(include, names) || std::ranges::any_of(exclude, names);
}

bool DiskFilter::names_property(std::string_view name) const {
  const auto names = [&](const DiskPattern& pattern) {
    return !pattern.property.empty() && property_name(pattern) == name;
  };
  return std::ranges::any_of(include, names) || std::ranges::any_of(exclude, names);
}

std::optional<std::string> DiskFilter::refused(const DiskFacts& facts) const {
  for (const DiskPattern& pattern : exclude) {
    if (matches(pattern, facts)) return excluded_by(pattern);
  }
  const auto matching = [&](const DiskPattern& pattern) { return matches(pattern, facts); };
  if (include.empty() || std::ranges::any_of(include, matching)) return std::nullopt;
  return not_included;
}

std::optional<std::string> DiskFilter::refused_before(const DiskFacts& facts) const {
  for (const DiskPattern& pattern : exclude) {
    if (pattern.wwid.empty() && matches_otherwise(pattern, facts)) return excluded_by(pattern);
  }
  const auto may_match = [&](const DiskPattern& pattern) {
    return matches_otherwise(pattern, facts);
  };
  if (include.empty() || std::ranges::any_of(include, may_match)) return std::nullopt;
  return not_included;
}

}  // namespace scsimpath::discovery
