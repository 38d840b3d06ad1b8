// SPDX-License-Identifier: LGPL-2.1-or-later
// The words of a fault: what is taken, how it reads back, what is refused, whom it strikes.
#include "fault.h"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <utility>
#include <vector>

#include "cdb.h"
#include "test_disk.h"

using namespace scsimpath;
using namespace scsimpath::emulated;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(fault_words)

namespace {

struct Spelling {
  const char* given;
  const char* canonical;
};
std::ostream& operator<<(std::ostream& to, const Spelling& spelling) {
  return to << spelling.given;
}

const std::vector<Spelling> spellings{
    {"none", "none"},
    {"offline", "offline"},
    {"hang", "hang"},
    {"delay=5", "delay=5"},
    {"delay=0", "delay=0"},
    {"delay=3600000", "delay=3600000"},
    {"host=0x1", "host=0x01"},
    {"host=0xff", "host=0xff"},
    {"status=0x08", "status=0x08"},
    {"sense=2/04/0b", "sense=2/04/0b"},
    {"sense=B/4/B", "sense=b/04/0b"},
    {"sense=6/29/00,host=0x00,status=0x02", "host=0x00,status=0x02,sense=6/29/00"},
    {"short=0", "short=0"},
    {"short=4096,delay=1", "short=4096,delay=1"},
    {"delay=1,hang", "hang,delay=1"},
    {"sense=b/47/03,every=100,only=write", "sense=b/47/03,every=100,only=write"},
    {"only=read,count=3,every=2,offline", "offline,every=2,count=3,only=read"},
    {"offline,every=1", "offline"},
    {"offline,only=io", "offline,only=io"},
    {"hang,only=check", "hang,only=check"},
};

}  // namespace

BOOST_DATA_TEST_CASE(read_back_in_one_spelling, data::make(spellings), spelling) {
  const auto order = parse_fault(spelling.given);
  BOOST_REQUIRE(order.has_value());
  BOOST_TEST(to_string(std::get<Fault>(*order)) == spelling.canonical);
  BOOST_CHECK(*parse_fault(spelling.canonical) == *order);
}

BOOST_DATA_TEST_CASE(refused,
                     data::make({"",
                                 "None",
                                 "none ",
                                 " none",
                                 "offlin",
                                 "offline=1",
                                 "hang,hang",
                                 "hang,offline",
                                 "offline,short=1",
                                 "host=0x1,short=1",
                                 "none,hang",
                                 "none,delay=1",
                                 "every=2",
                                 "only=read",
                                 "count=1",
                                 "hang,",
                                 ",hang",
                                 "delay",
                                 "delay=",
                                 "delay=-1",
                                 "delay=1.5",
                                 "delay=x",
                                 "delay=3600001",
                                 "host=1",
                                 "host=01",
                                 "host=0x",
                                 "host=0x100",
                                 "host=0xg",
                                 "status=8",
                                 "status=0x-1",
                                 "sense=2",
                                 "sense=2/04",
                                 "sense=2/04/0b/1",
                                 "sense=10/04/0b",
                                 "sense=2/100/0b",
                                 "sense=2//0b",
                                 "sense=2/0x4/0b",
                                 "short=",
                                 "short=-1",
                                 "short=4294967296",
                                 "hang,every=0",
                                 "hang,count=0",
                                 "hang,every=x",
                                 "hang,only=all",
                                 "hang,only=",
                                 "hang,only=Read",
                                 "alua=",
                                 "alua=active",
                                 "alua=active/",
                                 "alua=unknown",
                                 "alua=standby,hang",
                                 "alua=standby,every=2",
                                 "hang,alua=standby",
                                 "power-loss=1",
                                 "hang,power-loss",
                                 "power-loss,every=1",
                                 "host=0x1,host=0x2",
                                 "speed=1"}),
                     specification) {
  const auto order = parse_fault(specification);
  BOOST_REQUIRE(!order.has_value());
  BOOST_TEST(order.error().number == EINVAL);
}

BOOST_AUTO_TEST_CASE(the_message_names_the_word) {
  BOOST_TEST(parse_fault("hang,evry=3").error().message ==
             "fault 'hang,evry=3': 'evry=3' is no fault; see scsimpath(7)");
  BOOST_TEST(parse_fault("power-loss,every=1").error().message ==
             "fault 'power-loss,every=1': 'power-loss,every=1' stands alone or not at all");
}

BOOST_AUTO_TEST_CASE(access_states) {
  for (const AccessState state :
       {AccessState::optimized, AccessState::non_optimized, AccessState::lba_dependent,
        AccessState::standby, AccessState::unavailable, AccessState::offline,
        AccessState::transitioning}) {
    const auto order = parse_fault("alua=" + std::string(to_string(state)));
    BOOST_REQUIRE(order.has_value());
    BOOST_CHECK(std::get<AccessState>(*order) == state);
  }
}

BOOST_AUTO_TEST_CASE(whom_a_scope_strikes) {
  struct Row {
    std::uint8_t opcode;
    bool read, write, io;
  };
  const std::vector<Row> rows{
      {0x28, true, false, true},   {0x88, true, false, true},   {0x2a, false, true, true},
      {0x8a, false, true, true},   {0x41, false, true, true},   {0x93, false, true, true},
      {0x42, false, true, true},   {0x35, false, false, true},  {0x91, false, false, true},
      {0x00, false, false, false}, {0x12, false, false, false},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT("opcode " << int{row.opcode}) {
      test::Sent sent(test::raw_cdb({row.opcode}));
      BOOST_TEST(matches(FaultScope::all, sent));
      BOOST_TEST(matches(FaultScope::read, sent) == row.read);
      BOOST_TEST(matches(FaultScope::write, sent) == row.write);
      BOOST_TEST(matches(FaultScope::io, sent) == row.io);
      BOOST_TEST(!matches(FaultScope::check, sent));
      sent.purpose = Purpose::check;
      BOOST_TEST(matches(FaultScope::check, sent));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
