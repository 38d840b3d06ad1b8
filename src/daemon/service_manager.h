// SPDX-License-Identifier: LGPL-2.1-or-later
// Word to systemd.
#pragma once

#include <string_view>

namespace scsimpath::daemon {

/// Sends `state` (`READY=1`, …) to the socket that NOTIFY_SOCKET names; does nothing without one.
void tell_service_manager(std::string_view state) noexcept;

}  // namespace scsimpath::daemon
