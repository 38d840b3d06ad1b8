// SPDX-License-Identifier: LGPL-2.1-or-later
// What libfuse calls, by file: names and attributes, open files, xattrs.
#pragma once

#include <cerrno>

#include "fuse_api.h"

namespace scsimpath::fuse {

[[nodiscard]] const fuse_lowlevel_ops& operations() noexcept;

/// Each fills its part of the table.
void add_directory_operations(fuse_lowlevel_ops& table) noexcept;
void add_file_operations(fuse_lowlevel_ops& table) noexcept;
void add_xattr_operations(fuse_lowlevel_ops& table) noexcept;

namespace detail {
template <auto handler>
struct Guarded;
template <class... Args, void (*handler)(fuse_req_t, Args...)>
struct Guarded<handler> {
  static void call(fuse_req_t req, Args... args) noexcept {
    try {
      handler(req, args...);
    } catch (...) {
      fuse_reply_err(req, ENOMEM);
    }
  }
};
}  // namespace detail

/// A handler that libfuse can call. It allocates only before it answers, so that what it throws can
/// still be answered with ENOMEM.
template <auto handler>
inline constexpr auto guarded = &detail::Guarded<handler>::call;

}  // namespace scsimpath::fuse
