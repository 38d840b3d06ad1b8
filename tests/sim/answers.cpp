// SPDX-License-Identifier: LGPL-2.1-or-later
// The rows of the outcome table as answers.
#include "answers.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>

#include "outcome.h"
#include "schedule.h"

namespace scsimpath::sim {
namespace {

using test::Answer;

constexpr std::uint8_t last_host_byte = 0x15;  // one more than there are
constexpr std::array<std::uint8_t, 10> statuses{0x04, 0x08, 0x10, 0x14, 0x18,
                                                0x22, 0x28, 0x30, 0x40, 0x02};
constexpr std::array os_errors{ENODEV, ENXIO, EAGAIN, ENOMEM, EDOM, EINVAL, EPERM};
constexpr auto block = static_cast<std::int32_t>(block_size);
constexpr std::array<std::int32_t, 4> residuals{block, 2 * block, -block, 1 << 20};

std::vector<AnswerRow> make_rows() {
  std::vector<AnswerRow> rows;
  for (const scsi::SenseMatch& match : scsi::sense_rows()) {
    const std::uint8_t asc = match.asc.value_or(0x7e);
    rows.push_back({fmt::format("sense {:x}/{:02x}/{:02x}", match.key, asc, match.first_ascq),
                    Answer::sense(match.key, asc, match.first_ascq)});
  }
  Answer deferred = Answer::sense(3, 0x11, 0);
  deferred.deferred = true;
  rows.push_back({"deferred sense", deferred});
  for (std::uint8_t host = 1; host <= last_host_byte; ++host) {
    rows.push_back({fmt::format("host {:02x}", host), Answer::host_byte(host)});
  }
  Answer conflict = Answer::host_byte(0x07);
  conflict.status = 0x18;
  rows.push_back({"host 07, status 18", conflict});
  for (const std::uint8_t status : statuses) {
    Answer answer = Answer::status_byte(status);
    // Condition met and the intermediate ones are success.
    answer.executed = status == 0x04 || status == 0x10 || status == 0x14;
    rows.push_back({fmt::format("status {:02x}", status), answer});
  }
  for (const int number : os_errors) {
    rows.push_back({fmt::format("errno {}", number), Answer::errno_value(number)});
  }
  for (const std::int32_t residual : residuals) {
    rows.push_back({fmt::format("residual {}", residual), Answer::residual_of(residual)});
  }
  return rows;
}

}  // namespace

const std::vector<AnswerRow>& answer_rows() {
  static const std::vector<AnswerRow> rows = make_rows();
  return rows;
}

}  // namespace scsimpath::sim
