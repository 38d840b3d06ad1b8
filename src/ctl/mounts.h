// SPDX-License-Identifier: LGPL-2.1-or-later
// The scsimpath mounts of this machine, and which of them a file belongs to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scsimpath/result.h"

namespace scsimpath::ctl {

/// One line of /proc/self/mountinfo.
struct Mount {
  std::string point;
  std::string root;    ///< what of the file system is there: "/" unless it is a bind mount
  std::string device;  ///< major:minor, the same for every mount of one file system
  std::string source;  ///< SOURCE as it was given
};

/// The mounts of type fuse.scsimpath, in the order of the text.
[[nodiscard]] std::vector<Mount> parse_mounts(std::string_view mountinfo);

/// Those of this process's name space.
[[nodiscard]] Result<std::vector<Mount>> read_mounts();

/// One whole mount per file system, bind mounts of it left out.
[[nodiscard]] std::vector<Mount> distinct(const std::vector<Mount>& mounts);

/// A mount, or a head in it.
struct Place {
  Mount mount;       ///< a whole one
  std::string head;  ///< its name; empty: the mount itself

  /// The file through which the head's settings can be changed while I/O is held.
  [[nodiscard]] std::string control_file() const;
};

/// Where an absolute path without symbolic links lies. Touches no file system.
[[nodiscard]] Result<Place> locate(const std::vector<Mount>& mounts, std::string_view path);

/// Where what a user named lies.
[[nodiscard]] Result<Place> find_place(const std::string& name);

/// The place named, or every mount when nothing is named.
[[nodiscard]] Result<std::vector<Place>> find_places(const std::string& name);

/// What to tell of a mount that gave this error, with the remedy.
[[nodiscard]] Error explain(const Mount& mount, const Error& error);

}  // namespace scsimpath::ctl
