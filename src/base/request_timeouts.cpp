// SPDX-License-Identifier: LGPL-2.1-or-later
// Two numbers of procfs.
#include "request_timeouts.h"

#include <fstream>

namespace scsimpath {
namespace {

std::uint64_t read_number(const char* file) {
  std::ifstream stream(file);
  std::uint64_t value = 0;
  return stream >> value ? value : 0;
}

}  // namespace

RequestTimeouts read_request_timeouts() {
  return {read_number(RequestTimeouts::default_file), read_number(RequestTimeouts::max_file)};
}

}  // namespace scsimpath
