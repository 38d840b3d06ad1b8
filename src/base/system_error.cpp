// SPDX-License-Identifier: LGPL-2.1-or-later
// Texts of errno values.
#include "system_error.h"

#include <system_error>

namespace scsimpath {

std::string error_text(int number) {
  return std::generic_category().message(number);
}

std::unexpected<Error> system_failure(int number, const std::string& what) {
  return fail(number, what + ": " + error_text(number));
}

}  // namespace scsimpath
