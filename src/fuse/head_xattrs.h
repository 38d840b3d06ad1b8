// SPDX-License-Identifier: LGPL-2.1-or-later
// The xattrs of a head's file: their names, values and what may be set.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mutex.h"
#include "scsimpath/head.h"
#include "scsimpath/result.h"
#include "table.h"

namespace scsimpath::fuse {

inline constexpr std::string_view xattr_prefix = "user.scsimpath.";

/// What a name means. Whether there is such a path only the head knows.
struct HeadXattr {
  enum class Kind : std::uint8_t {
    setting,
    wwid,
    paths,
    stats,
    path_state,
    path_access_state,
    path_numa_nodes,
    path_queue_depth,
    path_fault,
  };
  Kind kind = Kind::wwid;
  const settings::Setting* setting = nullptr;  ///< of a setting
  std::string_view path;                       ///< of what is a path's; points into the name
};
[[nodiscard]] std::optional<HeadXattr> parse_xattr_name(std::string_view name) noexcept;

/// Every name with its prefix.
[[nodiscard]] std::vector<std::string> xattr_names(const HeadStatus& head);

/// ENODATA when there is no such xattr.
[[nodiscard]] Result<std::string> get_xattr(const Head& head, std::string_view name);

/// EPERM for one that is only read, EINVAL for a bad value, ENODATA when there is none. One line
/// end behind the value is left off. `settings_mutex`: see Session; `permit`: see Options.
[[nodiscard]] Result<void> set_xattr(
    Head& head, std::string_view name, std::string_view value, Mutex& settings_mutex,
    const std::function<Result<void>(const HeadSettings&)>& permit);

/// The value of all but faults, which are not part of a status.
[[nodiscard]] Result<std::string> xattr_value(const HeadStatus& head, const HeadXattr& xattr);

}  // namespace scsimpath::fuse
