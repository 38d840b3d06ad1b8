// SPDX-License-Identifier: LGPL-2.1-or-later
// What goes to the driver, and what comes back, field by field.
#include "header.h"

#include <boost/test/unit_test.hpp>

#include "look.h"
#include "node.h"
#include "outcome.h"
#include "refusal.h"
#include "sg_world.h"

using namespace scsimpath;
using namespace scsimpath::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

BOOST_AUTO_TEST_SUITE(sg_fields)

BOOST_AUTO_TEST_CASE(a_read_is_sent_with_the_masters_own_buffer) {
  Ends ends;
  TestCommand command(ends, scsi::read(7, 8));
  const sg_io_hdr_t header = sg::to_header(command, 5);
  BOOST_TEST(header.interface_id == 'S');
  BOOST_TEST(header.dxfer_direction == SG_DXFER_FROM_DEV);
  BOOST_TEST(header.dxferp == command.buffer.data());
  BOOST_TEST(header.dxfer_len == 4096U);
  BOOST_TEST(static_cast<int>(header.cmd_len) == 10);
  BOOST_TEST(header.cmdp == command.cdb.bytes.data());
  BOOST_TEST(header.sbp == command.result.sense.data());
  BOOST_TEST(static_cast<unsigned>(header.mx_sb_len) == CommandResult::max_sense);
  BOOST_TEST(header.pack_id == 5);
  BOOST_TEST(static_cast<unsigned>(header.iovec_count) == 0U);
}

BOOST_AUTO_TEST_CASE(directions) {
  Ends ends;
  TestCommand write(ends, scsi::write(7, 8, false), Direction::to_device);
  BOOST_TEST(sg::to_header(write, 0).dxfer_direction == SG_DXFER_TO_DEV);
  TestCommand none(ends, scsi::synchronize_cache(), Direction::none);
  const sg_io_hdr_t header = sg::to_header(none, 0);
  BOOST_TEST(header.dxfer_direction == SG_DXFER_NONE);
  BOOST_TEST(header.dxfer_len == 0U);
  BOOST_TEST(header.dxferp == nullptr);
  TestCommand empty(ends);
  empty.data = {};
  BOOST_TEST(sg::to_header(empty, 0).dxfer_direction == SG_DXFER_NONE);
}

BOOST_AUTO_TEST_CASE(the_kernels_patience_ends_after_the_attempts) {
  Ends ends;
  TestCommand command(ends);
  const auto sent = [&](Duration timeout) {
    command.timeout = timeout;
    return sg::to_header(command, 0).timeout;
  };
  BOOST_TEST(sent(seconds(10)) == 10100U);
  BOOST_TEST(sent(milliseconds(100)) == 200U);
  BOOST_TEST(sent(std::chrono::nanoseconds(1)) == 101U);
  BOOST_TEST(sent(seconds(3600)) == 3600100U);
  BOOST_TEST(sent(std::chrono::hours(24 * 365)) == 2147483647U);
  BOOST_TEST(sent(Duration::zero()) == 60100U);
}

BOOST_AUTO_TEST_CASE(the_result_is_taken_unchanged) {
  sg_io_hdr_t header = sg::empty_header();
  header.status = 0x02;
  header.host_status = 0x0e;
  header.driver_status = 0x08;
  header.resid = -512;
  header.sb_len_wr = 18;
  CommandResult result;
  sg::take_result(header, result);
  BOOST_TEST(static_cast<int>(result.status) == 0x02);
  BOOST_TEST(static_cast<int>(result.host) == 0x0e);
  BOOST_TEST(static_cast<int>(result.driver) == 0x08);
  BOOST_TEST(result.residual == -512);
  BOOST_TEST(static_cast<int>(result.sense_length) == 18);
  BOOST_TEST(result.os_error == 0);
  header.sb_len_wr = 255;
  header.host_status = 0x100;
  sg::take_result(header, result);
  BOOST_TEST(result.sense_length == CommandResult::max_sense);
  BOOST_TEST(static_cast<int>(result.host) == 0xff);
}

BOOST_FIXTURE_TEST_CASE(sense_host_driver_and_residual_reach_the_outcome_table, SgWorld) {
  const std::array<std::uint8_t, 18> sense{0x70, 0, 0x03, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x11, 0x00};
  auto commands = submit(3);
  auto sent = kernel().sent();
  sent[0].status = 0x02;
  sent[0].driver_status = 0x08;
  kernel().answer(sent[0], sense);
  sent[1].resid = 2048;
  kernel().answer(sent[1]);
  sent[2].host_status = 0x01;
  kernel().answer(sent[2]);
  ends.wait_for(3);
  BOOST_TEST((scsi::classify(*commands[0]).error == IoError::medium));
  BOOST_TEST(commands[1]->result.residual == 2048);
  BOOST_TEST((scsi::classify(*commands[1]).action == scsi::Action::retry));
  BOOST_TEST((scsi::classify(*commands[2]).action == scsi::Action::path_error));
}

BOOST_AUTO_TEST_CASE(an_older_result_does_not_show_through) {
  SgWorld world;
  TestCommand command(world.ends);
  command.result.status = 0x02;
  command.result.sense_length = 18;
  command.result.os_error = EIO;
  world.path->submit(command);
  world.kernel().answer(world.kernel().sent()[0]);
  world.ends.wait_for(1);
  BOOST_TEST(command.result.os_error == 0);
  BOOST_TEST(static_cast<int>(command.result.status) == 0);
  BOOST_TEST(static_cast<int>(command.result.sense_length) == 0);
}

BOOST_AUTO_TEST_CASE(refusals) {
  BOOST_TEST((sg::classify_submit(EDOM) == sg::Refusal::full));
  BOOST_TEST((sg::classify_submit(ENODEV) == sg::Refusal::gone));
  for (const int number : {ENXIO, ENOMEM, EAGAIN, EIO, EPERM, EINVAL, EINTR}) {
    BOOST_TEST((sg::classify_submit(number) == sg::Refusal::failed));
  }
  BOOST_TEST((sg::classify_reap(EAGAIN) == sg::NoReply::none));
  BOOST_TEST((sg::classify_reap(EINTR) == sg::NoReply::repeat));
  BOOST_TEST((sg::classify_reap(ENODEV) == sg::NoReply::gone));
  BOOST_TEST((sg::classify_reap(EFAULT) == sg::NoReply::failed));
}

BOOST_AUTO_TEST_CASE(a_node_that_is_no_sg_node_is_refused) {
  BOOST_TEST(sg::Node("/dev/null").open() == ENOTTY);
  BOOST_TEST(sg::Node("/dev/no-such-node").open() == ENOENT);
  const auto looked = sg::look("/dev/null", seconds(1));
  BOOST_REQUIRE(!looked.has_value());
  BOOST_TEST(looked.error().message == "/dev/null: is not a SCSI device");
  const auto missing = sg::look("/dev/no-such-node", seconds(1));
  BOOST_REQUIRE(!missing.has_value());
  BOOST_TEST(missing.error().number == ENOENT);
  BOOST_TEST(missing.error().message == "/dev/no-such-node: No such file or directory");
}

BOOST_AUTO_TEST_CASE(failures_of_a_look_are_told_in_words) {
  const std::array<std::uint8_t, 18> sense{0x70, 0, 0x05, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x25, 0x00};
  const std::string text = sg::failure_text(0x02, sense);
  BOOST_TEST(text.find("Illegal Request") != std::string::npos, text);
  BOOST_TEST(text.find("Logical unit not supported") != std::string::npos, text);
  BOOST_TEST(text.find('\n') == std::string::npos);
  BOOST_TEST(sg::failure_text(0x18, {}) == "Reservation Conflict");
}

BOOST_AUTO_TEST_SUITE_END()
