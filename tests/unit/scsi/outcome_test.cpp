// SPDX-License-Identifier: LGPL-2.1-or-later
// The outcome table, row by row, as the design states it (trap 3: one place judges every result).
#include "outcome.h"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "cdb.h"

using namespace scsimpath;
using scsi::Action;
using scsi::CheckResult;
using scsi::Outcome;

namespace {

std::array<std::uint8_t, 4096> buffer;

/// What the table looks at of a command that came back.
struct Ended {
  Cdb cdb;
  Bytes data{};
  CommandResult result;
};

template <class Ask>
auto ask(const Ended& ended, Ask what) {
  Command command;
  command.cdb = ended.cdb;
  command.data = ended.data;
  command.result = ended.result;
  return what(command);
}

Outcome classify(const Ended& ended) {
  return ask(ended, [](const Command& command) { return scsi::classify(command); });
}

Reason why(const Ended& ended) {
  return ask(ended, [](const Command& command) { return scsi::reason(command); });
}

enum class Kind { read, write, write_same, unmap, flush, check };

Ended command(Kind kind) {
  Ended made;
  switch (kind) {
    case Kind::read:
      made.cdb = scsi::read(8, 8);
      made.data = buffer;
      break;
    case Kind::write:
      made.cdb = scsi::write(8, 8, false);
      made.data = buffer;
      break;
    case Kind::write_same:
      made.cdb.bytes[0] = 0x93;
      made.data = Bytes(buffer).first(512);
      break;
    case Kind::unmap:
      made.cdb.bytes[0] = 0x42;
      made.data = Bytes(buffer).first(24);
      break;
    case Kind::flush:
      made.cdb = scsi::synchronize_cache();
      break;
    case Kind::check:
      made.cdb = scsi::test_unit_ready();
      break;
  }
  return made;
}

Ended with_sense(Kind kind, unsigned key, unsigned asc, unsigned ascq) {
  Ended made = command(kind);
  made.result.status = 0x02;
  made.result.sense[0] = 0x72;
  made.result.sense[1] = static_cast<std::uint8_t>(key);
  made.result.sense[2] = static_cast<std::uint8_t>(asc);
  made.result.sense[3] = static_cast<std::uint8_t>(ascq);
  made.result.sense_length = 8;
  return made;
}

Ended with_status(Kind kind, unsigned status) {
  Ended made = command(kind);
  made.result.status = static_cast<std::uint8_t>(status);
  return made;
}

Ended with_host(Kind kind, unsigned host, unsigned status = 0) {
  Ended made = with_status(kind, status);
  made.result.host = static_cast<std::uint8_t>(host);
  return made;
}

Ended with_os_error(Kind kind, int number) {
  Ended made = command(kind);
  made.result.os_error = number;
  return made;
}

Ended with_residual(Kind kind, int residual) {
  Ended made = command(kind);
  made.result.residual = residual;
  return made;
}

// The words of the table.
Outcome ok() {
  return {};
}
Outcome p() {
  return {.action = Action::path_error, .error = IoError::io};
}
Outcome s(unsigned retries = 5) {
  return {.action = Action::retry,
          .error = IoError::io,
          .max_retries = static_cast<std::uint8_t>(retries),
          .suspects_path = retries == 1};
}
Outcome t(IoError error) {
  return {.action = Action::fail, .error = error};
}
Outcome one_other_path(IoError error) {
  return {.action = Action::elsewhere, .error = error};
}
Outcome busy() {
  return {.action = Action::busy, .error = IoError::io, .max_retries = 5};
}
Outcome transitioning() {
  return {.action = Action::transitioning,
          .error = IoError::io,
          .access_state = AccessState::transitioning,
          .refresh_alua = true};
}
Outcome not_accessible(AccessState state) {
  Outcome outcome = p();
  outcome.access_state = state;
  outcome.refresh_alua = true;
  return outcome;
}
Outcome hold(bool reset = false) {
  return {.action = Action::hold_path,
          .error = IoError::io,
          .refresh_capacity = true,
          .revalidate = true,
          .reset_seen = reset};
}
Outcome power_on() {
  Outcome outcome = hold(true);
  outcome.power_on = true;
  return outcome;
}
template <class Change>
Outcome but(Outcome outcome, Change change) {
  change(outcome);
  return outcome;
}

void expect(const std::string& row, const Ended& made, const Outcome& wanted) {
  const Outcome got = classify(made);
  BOOST_CHECK_MESSAGE(got == wanted, row << ": action " << int(got.action) << " error "
                                         << int(got.error) << " retries " << int(got.max_retries)
                                         << ", wanted action " << int(wanted.action) << " error "
                                         << int(wanted.error) << " retries "
                                         << int(wanted.max_retries) << " (or a flag differs)");
}

std::string code(unsigned key, unsigned asc, unsigned ascq) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "sense %X/%02X/%02X", key, asc, ascq);
  return text.data();
}

struct SenseRow {
  unsigned key, asc, first, last;
  Outcome wanted;
};

void expect_sense(Kind kind, const std::vector<SenseRow>& rows) {
  for (const SenseRow& row : rows) {
    for (unsigned ascq = row.first; ascq <= row.last; ++ascq) {
      expect(code(row.key, row.asc, ascq), with_sense(kind, row.key, row.asc, ascq), row.wanted);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(outcome_table)

BOOST_AUTO_TEST_CASE(host_bytes) {
  const std::vector<std::pair<unsigned, Outcome>> rows{
      {0x00, ok()},
      {0x01, p()},
      {0x02, s(1)},
      {0x03, p()},
      {0x04, p()},
      {0x05, p()},
      {0x06, s(1)},
      {0x07, s(1)},
      {0x08, s()},
      {0x09, p()},
      {0x0a, p()},
      {0x0b, s(1)},
      {0x0c, s()},
      {0x0d, s()},
      {0x0e, s(1)},
      {0x0f, p()},
      {0x10, t(IoError::target)},
      {0x11, t(IoError::reservation)},
      {0x12, t(IoError::no_space)},
      {0x13, t(IoError::medium)},
      {0x14, p()},
  };
  for (const auto& [host, wanted] : rows) {
    for (const Kind kind : {Kind::read, Kind::write, Kind::flush, Kind::check}) {
      expect("host byte " + std::to_string(host), with_host(kind, host), wanted);
    }
  }
  for (unsigned host = 0x15; host <= 0xff; ++host) {
    expect("unknown host byte " + std::to_string(host), with_host(Kind::read, host), p());
  }
}

BOOST_AUTO_TEST_CASE(a_conflict_behind_a_host_error_is_a_conflict) {
  expect("host 07, status 18", with_host(Kind::write, 0x07, 0x18), t(IoError::reservation));
}

BOOST_AUTO_TEST_CASE(a_host_byte_outranks_a_good_status_and_a_short_transfer) {
  Ended made = with_host(Kind::read, 0x0f);
  made.result.residual = 512;
  expect("host 0F with a residual", made, p());
}

BOOST_AUTO_TEST_CASE(the_driver_byte_is_only_a_hint) {
  for (const unsigned driver : {0x06U, 0x08U}) {
    Ended made = command(Kind::read);
    made.result.driver = static_cast<std::uint8_t>(driver);
    expect("driver byte alone", made, ok());
  }
}

BOOST_AUTO_TEST_CASE(errno_of_a_command_that_was_not_handed_over) {
  Outcome abandoned = t(IoError::io);
  abandoned.may_still_run = true;
  const std::vector<std::pair<int, Outcome>> rows{
      {ENODEV, p()},
      {ENXIO, p()},
      {EAGAIN, s()},
      {ENOMEM, s()},
      {EDOM, busy()},
      {EINTR, abandoned},
      {EINVAL, t(IoError::target)},
      {EPERM, t(IoError::target)},
      {EIO, p()},
  };
  for (const auto& [number, wanted] : rows) {
    expect("errno " + std::to_string(number), with_os_error(Kind::write, number), wanted);
  }
}

BOOST_AUTO_TEST_CASE(statuses) {
  const std::vector<std::pair<unsigned, Outcome>> rows{
      {0x00, ok()}, {0x04, ok()}, {0x08, busy()},
      {0x10, ok()}, {0x14, ok()}, {0x28, busy()},
      {0x30, p()},  {0x40, s()},  {0x02, p()},  // without sense data
      {0x22, p()},  {0xff, p()},  {0x18, t(IoError::reservation)},
  };
  for (const auto& [status, wanted] : rows) {
    for (const Kind kind : {Kind::read, Kind::write, Kind::flush, Kind::check}) {
      expect("status " + std::to_string(status), with_status(kind, status), wanted);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_short_transfer_is_retried_once_and_never_patched_up) {
  for (const Kind kind : {Kind::read, Kind::write}) {
    expect("short by a block", with_residual(kind, 512), s(1));
    expect("nothing moved", with_residual(kind, 4096), s(1));
  }
}

BOOST_AUTO_TEST_CASE(an_impossible_residual_is_told) {
  const Outcome wanted = but(s(1), [](Outcome& o) { o.bad_residual = true; });
  for (const Kind kind : {Kind::read, Kind::write}) {
    expect("residual -1", with_residual(kind, -1), wanted);
    expect("residual beyond the length", with_residual(kind, 4097), wanted);
    expect("lowest residual", with_residual(kind, INT32_MIN), wanted);
    expect("highest residual", with_residual(kind, INT32_MAX), wanted);
  }
}

BOOST_AUTO_TEST_CASE(a_recovered_transfer_must_be_whole_too) {
  Ended made = with_sense(Kind::read, 0x1, 0x17, 0x01);
  made.result.residual = 512;
  expect("recovered, short", made, s(1));
}

BOOST_AUTO_TEST_CASE(a_block_that_did_not_come_whole_was_written_nowhere) {
  Ended made = command(Kind::write);
  made.cdb = scsi::write_same(0, 64, false);
  made.data = Bytes(buffer).first(512);
  made.result.residual = 512;
  expect("WRITE SAME, short", made, t(IoError::not_supported));
}

BOOST_AUTO_TEST_CASE(other_commands_may_be_answered_short) {
  Ended made = command(Kind::check);
  made.cdb = scsi::inquiry(255);
  made.data = Bytes(buffer).first(255);
  made.result.residual = 200;
  expect("INQUIRY, short", made, ok());
}

BOOST_AUTO_TEST_CASE(no_sense_and_recovered) {
  for (const unsigned asc : {0x00U, 0x17U, 0x5dU}) {
    expect_sense(Kind::read, {{0x0, asc, 0, 2, s()}, {0x1, asc, 0, 2, ok()}});
  }
}

BOOST_AUTO_TEST_CASE(not_ready) {
  Outcome no_medium = p();
  no_medium.error = IoError::no_medium;
  std::set<unsigned> named{0x01, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b,
                           0x0c, 0x11, 0x12, 0x14, 0x1a, 0x1b, 0x1d, 0x24, 0x25};
  for (const Kind kind : {Kind::read, Kind::write, Kind::check}) {
    expect_sense(kind, {
                           {0x2, 0x04, 0x01, 0x01, s()},
                           {0x2, 0x04, 0x04, 0x04, p()},
                           {0x2, 0x04, 0x05, 0x09, s()},
                           {0x2, 0x04, 0x0a, 0x0a, transitioning()},
                           {0x2, 0x04, 0x0b, 0x0b, not_accessible(AccessState::standby)},
                           {0x2, 0x04, 0x0c, 0x0c, not_accessible(AccessState::unavailable)},
                           {0x2, 0x04, 0x11, 0x11, s()},
                           {0x2, 0x04, 0x12, 0x12, not_accessible(AccessState::offline)},
                           {0x2, 0x04, 0x14, 0x14, s()},
                           {0x2, 0x04, 0x1a, 0x1a, s()},
                           {0x2, 0x04, 0x1b, 0x1b, p()},
                           {0x2, 0x04, 0x1d, 0x1d, s()},
                           {0x2, 0x04, 0x24, 0x25, s()},
                           {0x2, 0x3a, 0x00, 0xff, no_medium},
                           {0x2, 0x05, 0x00, 0x00, p()},
                       });
    for (unsigned ascq = 0; ascq <= 0xff; ++ascq) {
      if (!named.contains(ascq)) expect_sense(kind, {{0x2, 0x04, ascq, ascq, p()}});
    }
  }
}

BOOST_AUTO_TEST_CASE(medium_and_hardware) {
  const Outcome other{
      .action = Action::retry_then_elsewhere, .error = IoError::medium, .max_retries = 5};
  for (const Kind kind : {Kind::read, Kind::write}) {
    expect_sense(kind, {
                           {0x3, 0x11, 0x00, 0xff, t(IoError::medium)},
                           {0x3, 0x13, 0x00, 0xff, t(IoError::medium)},
                           {0x3, 0x14, 0x00, 0xff, t(IoError::medium)},
                           {0x3, 0x0c, 0x00, 0x02, other},
                           {0x3, 0x12, 0x00, 0x00, other},
                           {0x3, 0x00, 0x00, 0x00, other},
                           {0x4, 0x00, 0x00, 0x00, one_other_path(IoError::target)},
                           {0x4, 0x44, 0x00, 0xff, one_other_path(IoError::target)},
                       });
  }
}

BOOST_AUTO_TEST_CASE(illegal_request) {
  Outcome gone = p();
  gone.disconnected = true;
  for (const Kind kind : {Kind::read, Kind::write, Kind::flush, Kind::unmap}) {
    expect_sense(kind, {
                           {0x5, 0x10, 0x00, 0xff, t(IoError::protection)},
                           {0x5, 0x21, 0x00, 0xff, t(IoError::invalid)},
                           {0x5, 0x22, 0x00, 0xff, t(IoError::target)},
                           {0x5, 0x24, 0x00, 0xff, t(IoError::target)},
                           {0x5, 0x26, 0x00, 0xff, t(IoError::target)},
                           {0x5, 0x27, 0x00, 0xff, t(IoError::target)},
                           {0x5, 0x25, 0x00, 0x00, gone},
                           {0x5, 0x25, 0x01, 0xff, one_other_path(IoError::target)},
                           {0x5, 0x23, 0x00, 0xff, one_other_path(IoError::target)},
                           {0x5, 0x00, 0x00, 0x00, one_other_path(IoError::target)},
                       });
  }
  for (const Kind kind : {Kind::read, Kind::write, Kind::check}) {
    expect_sense(kind, {{0x5, 0x20, 0x00, 0xff, t(IoError::target)}});
  }
  for (const Kind kind : {Kind::unmap, Kind::write_same}) {
    expect_sense(kind, {{0x5, 0x20, 0x00, 0xff, t(IoError::not_supported)}});
  }
}

BOOST_AUTO_TEST_CASE(a_disk_that_knows_no_flush_has_nothing_to_flush) {
  for (const unsigned opcode : {0x35U, 0x91U}) {
    Ended flush = with_sense(Kind::flush, 0x5, 0x20, 0x00);
    flush.cdb.bytes[0] = static_cast<std::uint8_t>(opcode);
    BOOST_TEST((classify(flush) == ok()));
  }
}

BOOST_AUTO_TEST_CASE(unit_attention) {
  const Outcome alua = but(s(), [](Outcome& o) { o.refresh_alua = true; });
  const Outcome capacity = but(s(), [](Outcome& o) { o.refresh_capacity = true; });
  const Outcome space = but(s(), [](Outcome& o) { o.warn_space = true; });
  for (const Kind kind : {Kind::read, Kind::write, Kind::check}) {
    expect_sense(kind, {
                           {0x6, 0x04, 0x0a, 0x0a, transitioning()},
                           {0x6, 0x29, 0x00, 0x01, power_on()},
                           {0x6, 0x29, 0x02, 0x04, hold(true)},
                           {0x6, 0x29, 0x05, 0xff, hold()},
                           {0x6, 0x2a, 0x01, 0x01, hold()},
                           {0x6, 0x3f, 0x03, 0x03, hold()},
                           {0x6, 0x3f, 0x0e, 0x0e, hold()},
                           {0x6, 0x2a, 0x06, 0x07, alua},
                           {0x6, 0x2a, 0x09, 0x09, capacity},
                           {0x6, 0x38, 0x07, 0x07, space},
                           {0x6, 0x04, 0x0b, 0x0b, s()},
                           {0x6, 0x2a, 0x00, 0x00, s()},
                           {0x6, 0x2a, 0x02, 0x05, s()},
                           {0x6, 0x38, 0x06, 0x06, s()},
                           {0x6, 0x3f, 0x0f, 0xff, s()},
                           {0x6, 0x00, 0x00, 0x00, s()},
                       });
  }
}

BOOST_AUTO_TEST_CASE(data_protect) {
  for (const Kind kind : {Kind::write, Kind::unmap, Kind::write_same}) {
    expect_sense(kind, {
                           {0x7, 0x27, 0x07, 0x07, t(IoError::no_space)},
                           {0x7, 0x27, 0x00, 0x06, t(IoError::read_only)},
                           {0x7, 0x27, 0x08, 0xff, t(IoError::read_only)},
                           {0x7, 0x00, 0x00, 0x00, t(IoError::read_only)},
                       });
  }
  expect_sense(Kind::read, {{0x7, 0x27, 0x00, 0x06, t(IoError::io)}});
}

BOOST_AUTO_TEST_CASE(the_other_keys) {
  expect_sense(Kind::write, {
                                {0x8, 0x00, 0x00, 0x02, t(IoError::io)},
                                {0x9, 0x80, 0x00, 0x00, one_other_path(IoError::target)},
                                {0xa, 0x00, 0x00, 0x02, t(IoError::io)},
                                {0xc, 0x00, 0x00, 0x00, one_other_path(IoError::target)},
                                {0xd, 0x00, 0x00, 0x02, t(IoError::io)},
                                {0xe, 0x1d, 0x00, 0x00, t(IoError::protection)},
                                {0xf, 0x00, 0x00, 0x00, one_other_path(IoError::target)},
                            });
}

BOOST_AUTO_TEST_CASE(aborted_command) {
  expect_sense(Kind::read, {
                               {0xb, 0x10, 0x00, 0xff, t(IoError::protection)},
                               {0xb, 0x2e, 0x00, 0x00, s(1)},
                               {0xb, 0x2e, 0x01, 0x03, t(IoError::timed_out)},
                               {0xb, 0x2e, 0x04, 0x04, s(1)},
                               {0xb, 0x47, 0x00, 0xff, s(1)},
                               {0xb, 0x00, 0x00, 0x00, s(1)},
                           });
}

BOOST_AUTO_TEST_CASE(deferred_sense_repeats_the_command_it_came_with) {
  for (const std::uint8_t format : {0x71, 0x73}) {
    for (unsigned key = 0; key <= 0xf; ++key) {
      const Outcome wanted = but(s(), [&](Outcome& o) {
        o.deferred = true;
        o.loses_writes = key == 3 || key == 4 || key == 7;
      });
      Ended made = with_sense(Kind::write, key, 0x0c, 0x00);
      made.result.sense[0] = format;
      made.result.sense[2] = static_cast<std::uint8_t>(key);
      made.result.sense_length = 18;
      expect("deferred, key " + std::to_string(key), made, wanted);
    }
  }
}

BOOST_AUTO_TEST_CASE(sense_data_counts_only_with_check_condition) {
  Ended made = with_sense(Kind::read, 0x4, 0x44, 0x00);
  made.result.status = 0x00;
  expect("good with sense data", made, ok());
}

BOOST_AUTO_TEST_CASE(no_sense_data_means_optimized) {
  for (unsigned key = 0; key <= 0xf; ++key) {
    for (unsigned asc = 0; asc <= 0xff; ++asc) {
      for (unsigned ascq = 0; ascq <= 0xff; ++ascq) {
        const Outcome got = classify(with_sense(Kind::read, key, asc, ascq));
        const bool fine = got.access_state != AccessState::optimized &&
                          (got.action == Action::done) == (key == 1) &&
                          (got.error == IoError::none) == (key == 1);
        if (!fine) BOOST_ERROR(code(key, asc, ascq));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(what_a_check_says) {
  const auto answer = [](const Ended& made) { return scsi::check_result(classify(made)); };
  const auto sense = [&](unsigned key, unsigned asc, unsigned ascq) {
    return answer(with_sense(Kind::check, key, asc, ascq));
  };
  BOOST_CHECK(answer(command(Kind::check)) == CheckResult::up);
  BOOST_CHECK(answer(with_status(Kind::check, 0x18)) == CheckResult::up);
  BOOST_CHECK(sense(2, 0x04, 0x0b) == CheckResult::ghost);
  BOOST_CHECK(sense(2, 0x04, 0x0c) == CheckResult::ghost);
  BOOST_CHECK(sense(2, 0x04, 0x12) == CheckResult::ghost);
  BOOST_CHECK(sense(2, 0x04, 0x0a) == CheckResult::pending);
  BOOST_CHECK(sense(5, 0x25, 0x00) == CheckResult::disconnected);
  BOOST_CHECK(sense(6, 0x29, 0x00) == CheckResult::again);
  BOOST_CHECK(sense(6, 0x2a, 0x06) == CheckResult::again);
  BOOST_CHECK(answer(with_status(Kind::check, 0x08)) == CheckResult::again);
  BOOST_CHECK(sense(2, 0x04, 0x01) == CheckResult::again);
  BOOST_CHECK(sense(2, 0x04, 0x03) == CheckResult::down);
  BOOST_CHECK(sense(2, 0x3a, 0x00) == CheckResult::down);
  BOOST_CHECK(sense(3, 0x0c, 0x00) == CheckResult::down);
  BOOST_CHECK(sense(4, 0x44, 0x00) == CheckResult::down);
  BOOST_CHECK(sense(5, 0x24, 0x00) == CheckResult::down);
  BOOST_CHECK(answer(with_host(Kind::check, 0x03)) == CheckResult::down);
  BOOST_CHECK(answer(with_os_error(Kind::check, ENODEV)) == CheckResult::down);
}

BOOST_AUTO_TEST_CASE(reasons_are_for_people) {
  BOOST_TEST(scsi::reason(with_os_error(Kind::read, ENODEV).result) == "No such device");
  BOOST_TEST(scsi::reason(with_host(Kind::read, 0x03).result) == "timed out (host byte 03)");
  BOOST_TEST(scsi::reason(with_host(Kind::read, 0x77).result) == "unknown (host byte 77)");
  BOOST_TEST(scsi::reason(with_status(Kind::read, 0x28).result) == "task set full (status 28)");
  BOOST_TEST(scsi::reason(with_status(Kind::read, 0x02).result) == "no sense data");
  BOOST_TEST(scsi::reason(with_residual(Kind::read, 512).result) ==
             "short transfer (residual 512)");
  BOOST_TEST(scsi::reason(command(Kind::read).result) == "good");
  BOOST_TEST(scsi::reason(with_sense(Kind::read, 2, 0x04, 0x0b).result).ends_with("(2/04/0B)"));
}

BOOST_AUTO_TEST_CASE(reasons_name_the_command_and_have_the_codes) {
  const Reason late = why(with_host(Kind::read, 0x03));
  BOOST_TEST(late.text == "READ(10): timed out (host byte 03)");
  BOOST_TEST_REQUIRE(late.end.has_value());
  BOOST_TEST(late.end->opcode == 0x28);
  BOOST_TEST(late.end->host == 0x03);
  BOOST_TEST(!late.end->sense.has_value());
  const Reason standby = why(with_sense(Kind::check, 2, 0x04, 0x0b));
  BOOST_TEST(standby.text.starts_with("TEST UNIT READY: "));
  BOOST_TEST(standby.end->status == 0x02);
  BOOST_TEST_REQUIRE(standby.end->sense.has_value());
  BOOST_TEST(standby.end->sense->key == 2);
  BOOST_TEST(standby.end->sense->asc == 0x04);
  BOOST_TEST(standby.end->sense->ascq == 0x0b);
  BOOST_TEST(why(with_os_error(Kind::read, ENODEV)).end->os_error == ENODEV);
}

BOOST_AUTO_TEST_SUITE_END()
