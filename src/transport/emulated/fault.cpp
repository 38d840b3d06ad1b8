// SPDX-License-Identifier: LGPL-2.1-or-later
// Parses and prints faults.
#include "fault.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "cdb.h"
#include "opcode.h"
#include "text.h"

namespace scsimpath::emulated {
namespace {

constexpr std::uint32_t max_delay_ms = 3'600'000;

constexpr std::array access_states{
    AccessState::optimized,     AccessState::non_optimized, AccessState::standby,
    AccessState::unavailable,   AccessState::lba_dependent, AccessState::offline,
    AccessState::transitioning,
};

constexpr std::array<std::pair<std::string_view, FaultScope>, 4> scopes{{
    {"read", FaultScope::read},
    {"write", FaultScope::write},
    {"io", FaultScope::io},
    {"check", FaultScope::check},
}};

std::string_view scope_name(FaultScope scope) noexcept {
  for (const auto& [name, value] : scopes) {
    if (value == scope) return name;
  }
  return "all";
}

/// `0x` and one or two hexadecimal digits.
std::optional<std::uint8_t> parse_byte(std::string_view text) noexcept {
  if (!text.starts_with("0x")) return std::nullopt;
  return parse_number<std::uint8_t>(text.substr(2), 16);
}

std::optional<SenseCode> parse_sense(std::string_view text) {
  const auto parts = split(text, '/');
  if (parts.size() != 3) return std::nullopt;
  const auto key = parse_number<std::uint8_t>(parts[0], 16);
  const auto asc = parse_number<std::uint8_t>(parts[1], 16);
  const auto ascq = parse_number<std::uint8_t>(parts[2], 16);
  if (!key || *key > 0xf || !asc || !ascq) return std::nullopt;
  return SenseCode{*key, *asc, *ascq};
}

/// By its name in `access_state`, which for the two active states may be without "active/".
std::optional<AccessState> parse_access_state(std::string_view text) noexcept {
  constexpr std::string_view active = "active/";
  for (const AccessState state : access_states) {
    const std::string_view name = to_string(state);
    if (name == text) return state;
    if (name.starts_with(active) && name.substr(active.size()) == text) return state;
  }
  return std::nullopt;
}

/// Reads the words of one specification into a fault.
class Parser {
 public:
  explicit Parser(std::string_view specification) : specification_(specification) {}

  Result<FaultOrder> run() {
    const auto words = split(specification_, ',');
    for (const std::string_view word : words) {
      if (auto done = take(word); !done) return std::unexpected(done.error());
    }
    if (none_ || action_) {
      if (words.size() > 1) return wrong(specification_, "stands alone or not at all");
      if (action_) return *action_;
      return Fault{};
    }
    if (!fault_.in_force()) return wrong(specification_, "has no kind for its modifiers");
    return fault_;
  }

 private:
  [[nodiscard]] std::unexpected<Error> wrong(std::string_view word, std::string_view why) const {
    return fail(EINVAL, fmt::format("fault '{}': '{}' {}", specification_, word, why));
  }

  Result<void> take(std::string_view word) {
    const std::size_t equals = word.find('=');
    const std::string_view key = word.substr(0, equals);
    const bool has_value = equals != std::string_view::npos;
    const std::string_view value = has_value ? word.substr(equals + 1) : std::string_view{};
    for (const std::string_view seen : seen_) {
      if (seen == key) return wrong(key, "is there twice");
    }
    seen_.push_back(key);
    return has_value ? take_value(word, key, value) : take_plain(word);
  }

  Result<void> take_plain(std::string_view word) {
    if (word == "none") {
      none_ = true;
      return {};
    }
    if (word == "offline") return take_kind(word, FaultKind::offline);
    if (word == "hang") return take_kind(word, FaultKind::hang);
    if (word == "power-loss") {
      action_ = PowerLoss{};
      return {};
    }
    return wrong(word, "is no fault; see scsimpath(7)");
  }

  Result<void> take_value(std::string_view word, std::string_view key, std::string_view value) {
    if (key == "host") {
      fault_.host = parse_byte(value);
      if (!fault_.host) return wrong(word, "is not of the form host=0xNN");
      return take_kind(word, FaultKind::answer);
    }
    if (key == "status") {
      fault_.status = parse_byte(value);
      if (!fault_.status) return wrong(word, "is not of the form status=0xNN");
      return take_kind(word, FaultKind::answer);
    }
    if (key == "sense") {
      fault_.sense = parse_sense(value);
      if (!fault_.sense) {
        return wrong(word, "is not hexadecimal KEY/ASC/ASCQ, as in sense=2/04/0b");
      }
      return take_kind(word, FaultKind::answer);
    }
    if (key == "short") {
      const auto bytes = parse_number<std::uint32_t>(value);
      if (!bytes) return wrong(word, "is no number of bytes");
      fault_.short_bytes = *bytes;
      return take_kind(word, FaultKind::shorten);
    }
    if (key == "alua") {
      const auto state = parse_access_state(value);
      if (!state) return wrong(word, "is no access state, as in alua=active/optimized");
      action_ = *state;
      return {};
    }
    return take_modifier(word, key, value);
  }

  Result<void> take_modifier(std::string_view word, std::string_view key, std::string_view value) {
    if (key == "delay") {
      const auto milliseconds = parse_number<std::uint32_t>(value);
      if (!milliseconds || *milliseconds > max_delay_ms) {
        return wrong(word, "is not 0 to 3600000 milliseconds");
      }
      fault_.delay = std::chrono::milliseconds(*milliseconds);
      return {};
    }
    if (key == "every" || key == "count") {
      const auto number = parse_number<std::uint64_t>(value);
      if (!number || *number == 0) return wrong(word, "is no number above 0");
      if (key == "every") {
        fault_.every = *number;
      } else {
        fault_.count = number;
      }
      return {};
    }
    if (key == "only") {
      for (const auto& [name, scope] : scopes) {
        if (name != value) continue;
        fault_.scope = scope;
        return {};
      }
      return wrong(word, "is none of only=read, write, io and check");
    }
    return wrong(word, "is no fault; see scsimpath(7)");
  }

  Result<void> take_kind(std::string_view word, FaultKind kind) {
    if (fault_.kind != FaultKind::none && fault_.kind != kind) {
      return wrong(word, "does not go with the other kind");
    }
    fault_.kind = kind;
    return {};
  }

  std::string_view specification_;
  std::vector<std::string_view> seen_;
  Fault fault_;
  bool none_ = false;
  std::optional<FaultOrder> action_;
};

}  // namespace

Result<FaultOrder> parse_fault(std::string_view specification) {
  return Parser(specification).run();
}

std::string to_string(const Fault& fault) {
  if (!fault.in_force()) return "none";
  std::vector<std::string> words;
  switch (fault.kind) {
    case FaultKind::none:
      break;
    case FaultKind::offline:
      words.emplace_back("offline");
      break;
    case FaultKind::hang:
      words.emplace_back("hang");
      break;
    case FaultKind::answer:
      if (fault.host) words.push_back(fmt::format("host={:#04x}", *fault.host));
      if (fault.status) words.push_back(fmt::format("status={:#04x}", *fault.status));
      if (fault.sense) {
        const SenseCode& sense = *fault.sense;
        words.push_back(fmt::format("sense={:x}/{:02x}/{:02x}", sense.key, sense.asc, sense.ascq));
      }
      break;
    case FaultKind::shorten:
      words.push_back(fmt::format("short={}", fault.short_bytes));
      break;
  }
  if (fault.delay) words.push_back(fmt::format("delay={}", fault.delay->count()));
  if (fault.every != 1) words.push_back(fmt::format("every={}", fault.every));
  if (fault.count) words.push_back(fmt::format("count={}", *fault.count));
  if (fault.scope != FaultScope::all) {
    words.push_back(fmt::format("only={}", scope_name(fault.scope)));
  }
  return join(words, ",");
}

bool matches(FaultScope scope, const Command& command) noexcept {
  using scsi::Opcode;
  const Opcode opcode = scsi::opcode(command.cdb);
  const bool read = opcode == Opcode::read_10 || opcode == Opcode::read_16;
  const bool write = opcode == Opcode::write_10 || opcode == Opcode::write_16 ||
                     opcode == Opcode::write_same_10 || opcode == Opcode::write_same_16 ||
                     opcode == Opcode::unmap;
  const bool flush =
      opcode == Opcode::synchronize_cache_10 || opcode == Opcode::synchronize_cache_16;
  switch (scope) {
    case FaultScope::all:
      return true;
    case FaultScope::read:
      return read;
    case FaultScope::write:
      return write;
    case FaultScope::io:
      return read || write || flush;
    case FaultScope::check:
      return command.purpose == Purpose::check;
  }
  std::unreachable();
}

}  // namespace scsimpath::emulated
