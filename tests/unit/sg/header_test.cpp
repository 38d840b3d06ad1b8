// SPDX-License-Identifier: LGPL-2.1-or-later
// What goes to the driver, and what comes back, field by field.
#include "header.h"

#include <boost/test/unit_test.hpp>

#include "look.h"
#include "node.h"
#include "outcome.h"
#include "sg_world.h"

using namespace scsimpath;
using namespace scsimpath::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

BOOST_AUTO_TEST_SUITE(sg_fields)

template <class Type>
std::uint64_t address_of(const Type* memory) {
  return reinterpret_cast<std::uintptr_t>(memory);
}

BOOST_AUTO_TEST_CASE(a_read_is_sent_with_the_masters_own_buffer) {
  Ends ends;
  TestCommand command(ends, scsi::read(7, 8));
  const sg_io_v4 header = sg::to_header(command);
  BOOST_TEST(header.guard == 'Q');
  BOOST_TEST(header.protocol == 0U);
  BOOST_TEST(header.subprotocol == 0U);
  BOOST_TEST(header.din_xferp == address_of(command.buffer.data()));
  BOOST_TEST(header.din_xfer_len == 4096U);
  BOOST_TEST(header.dout_xfer_len == 0U);
  BOOST_TEST(header.request_len == 10U);
  BOOST_TEST(header.request == address_of(command.cdb.bytes.data()));
  BOOST_TEST(header.response == address_of(command.result.sense.data()));
  BOOST_TEST(header.max_response_len == CommandResult::max_sense);
  // First come, first served.
  BOOST_TEST(header.flags == static_cast<unsigned>(BSG_FLAG_Q_AT_TAIL));
}

BOOST_AUTO_TEST_CASE(directions) {
  Ends ends;
  TestCommand write(ends, scsi::write(7, 8, false), Direction::to_device);
  const sg_io_v4 out = sg::to_header(write);
  BOOST_TEST(out.dout_xferp == address_of(write.buffer.data()));
  BOOST_TEST(out.dout_xfer_len == 4096U);
  BOOST_TEST(out.din_xfer_len == 0U);
  TestCommand none(ends, scsi::synchronize_cache(), Direction::none);
  const sg_io_v4 neither = sg::to_header(none);
  BOOST_TEST(neither.dout_xfer_len == 0U);
  BOOST_TEST(neither.din_xfer_len == 0U);
}

BOOST_AUTO_TEST_CASE(the_kernels_patience_ends_after_the_attempts) {
  Ends ends;
  TestCommand command(ends);
  const auto sent = [&](Duration timeout) {
    command.timeout = timeout;
    return sg::to_header(command).timeout;
  };
  BOOST_TEST(sent(seconds(10)) == 10100U);
  BOOST_TEST(sent(milliseconds(100)) == 200U);
  BOOST_TEST(sent(std::chrono::nanoseconds(1)) == 101U);
  BOOST_TEST(sent(seconds(3600)) == 3600100U);
  BOOST_TEST(sent(std::chrono::hours(24 * 365)) == 2147483647U);
  BOOST_TEST(sent(Duration::zero()) == 60100U);
}

BOOST_AUTO_TEST_CASE(the_result_is_taken_unchanged) {
  Ends ends;
  TestCommand command(ends);
  sg_io_v4 header{};
  header.device_status = 0x02;
  header.transport_status = 0x0e;
  header.driver_status = 0x08;
  header.din_resid = -512;
  header.dout_resid = 1024;
  header.response_len = 18;
  sg::take_result(header, command);
  BOOST_TEST(static_cast<int>(command.result.status) == 0x02);
  BOOST_TEST(static_cast<int>(command.result.host) == 0x0e);
  BOOST_TEST(static_cast<int>(command.result.driver) == 0x08);
  BOOST_TEST(command.result.residual == -512);
  BOOST_TEST(static_cast<int>(command.result.sense_length) == 18);
  BOOST_TEST(command.result.os_error == 0);
  header.response_len = 255;
  header.transport_status = 0x100;
  sg::take_result(header, command);
  BOOST_TEST(command.result.sense_length == CommandResult::max_sense);
  BOOST_TEST(static_cast<int>(command.result.host) == 0xff);
  command.direction = Direction::to_device;
  sg::take_result(header, command);
  BOOST_TEST(command.result.residual == 1024);
}

BOOST_FIXTURE_TEST_CASE(sense_host_driver_and_residual_reach_the_outcome_table, SgWorld) {
  const std::array<std::uint8_t, 18> sense{0x70, 0, 0x03, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x11, 0x00};
  auto commands = submit(3);
  kernel->answer(0, {.status = 0x02, .driver = 0x08, .sense = sense});
  kernel->answer(1, {.residual = 2048});
  kernel->answer(2, {.host = 0x01});
  ends.wait_for(3);
  BOOST_TEST((scsi::classify(*commands[0]).error == IoError::medium));
  BOOST_TEST(commands[1]->result.residual == 2048);
  BOOST_TEST((scsi::classify(*commands[1]).action == scsi::Action::retry));
  BOOST_TEST((scsi::classify(*commands[2]).action == scsi::Action::path_error));
}

BOOST_FIXTURE_TEST_CASE(an_older_result_does_not_show_through, SgWorld) {
  TestCommand command(ends);
  command.result.status = 0x02;
  command.result.sense_length = 18;
  command.result.os_error = EIO;
  kernel->answer(0);
  path->submit(command);
  ends.wait_for(1);
  BOOST_TEST(command.result.os_error == 0);
  BOOST_TEST(static_cast<int>(command.result.status) == 0);
  BOOST_TEST(static_cast<int>(command.result.sense_length) == 0);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_no_bsg_node_is_refused) {
  BOOST_TEST(sg::Node("/dev/null").open() == ENOTTY);
  BOOST_TEST(sg::Node("/dev/no-such-node").open() == ENOENT);
  const auto looked = sg::look("/dev/null", seconds(1));
  BOOST_REQUIRE(!looked.has_value());
  BOOST_TEST(looked.error().message == "/dev/null: is not a SCSI device");
  const auto missing = sg::look("/dev/no-such-node", seconds(1));
  BOOST_REQUIRE(!missing.has_value());
  BOOST_TEST(missing.error().number == ENOENT);
  BOOST_TEST(missing.error().message ==
             "/dev/no-such-node: No such file or directory (is the device there? The kernel needs "
             "CONFIG_BLK_DEV_BSG)");
}

BOOST_AUTO_TEST_CASE(failures_of_a_look_are_told_in_words) {
  const std::array<std::uint8_t, 18> sense{0x70, 0, 0x05, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x25, 0x00};
  const std::string text = sg::failure_text(0x02, sense);
  BOOST_TEST(text.find("Illegal Request") != std::string::npos, text);
  BOOST_TEST(text.find("Logical unit not supported") != std::string::npos, text);
  BOOST_TEST(text.find('\n') == std::string::npos);
  BOOST_TEST(sg::failure_text(0x18, {}) == "Reservation Conflict");
}

BOOST_AUTO_TEST_CASE(only_an_illegal_request_says_that_a_page_is_not_known) {
  const auto refused = [](std::uint8_t key, std::uint8_t asc, std::uint8_t response = 0x70) {
    const std::array<std::uint8_t, 18> sense{response, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, asc};
    return sg::is_refusal(sense);
  };
  BOOST_TEST(refused(0x05, 0x24));
  BOOST_TEST(refused(0x05, 0x20));
  BOOST_TEST(!refused(0x02, 0x04));
  BOOST_TEST(!refused(0x0b, 0x44));
  BOOST_TEST(!refused(0x05, 0x25));        // the logical unit is not there now
  BOOST_TEST(!refused(0x05, 0x24, 0x71));  // about an earlier command
  BOOST_TEST(!sg::is_refusal({}));
}

BOOST_AUTO_TEST_SUITE_END()
