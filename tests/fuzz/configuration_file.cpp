// SPDX-License-Identifier: LGPL-2.1-or-later
// Any bytes as a configuration file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "configuration.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto contents = scsimpath::settings::parse_configuration(text, "x.toml", "/nonexistent");
  if (!contents && !contents.error().message.starts_with("x.toml:")) std::abort();
  return 0;
}
