// SPDX-License-Identifier: LGPL-2.1-or-later
// Counts what the program takes from the heap.
#pragma once

#include <cstdint>

namespace scsimpath::test {

/// Calls of operator new so far, of all threads. A program that uses it has its own operator new.
[[nodiscard]] std::uint64_t allocations() noexcept;

}  // namespace scsimpath::test
