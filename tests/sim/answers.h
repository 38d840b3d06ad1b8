// SPDX-License-Identifier: LGPL-2.1-or-later
// Every way in which a command can end, one for each row of the outcome table.
#pragma once

#include <string>
#include <vector>

#include "scripted_transport.h"

namespace scsimpath::sim {

struct AnswerRow {
  std::string name;
  test::Answer answer;
};

/// Always the same, in the same order.
[[nodiscard]] const std::vector<AnswerRow>& answer_rows();

}  // namespace scsimpath::sim
