// SPDX-License-Identifier: LGPL-2.1-or-later
// Descriptors are closed once, by their last owner.
#include "fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

using scsimpath::Fd;

namespace {

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}
Fd open_null() {
  return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fd)

BOOST_AUTO_TEST_CASE(closes_at_the_end_of_its_scope) {
  int number = -1;
  {
    const Fd fd = open_null();
    BOOST_TEST_REQUIRE(static_cast<bool>(fd));
    number = fd.get();
    BOOST_TEST(is_open(number));
  }
  BOOST_TEST(!is_open(number));
}

BOOST_AUTO_TEST_CASE(moves_its_ownership) {
  Fd first = open_null();
  const int number = first.get();
  Fd second = std::move(first);
  BOOST_TEST(!static_cast<bool>(first));
  BOOST_TEST(second.get() == number);

  Fd third = open_null();
  const int replaced = third.get();
  third = std::move(second);
  BOOST_TEST(third.get() == number);
  BOOST_TEST(is_open(number));
  BOOST_TEST(!is_open(replaced));
}

BOOST_AUTO_TEST_CASE(lets_go_when_told) {
  Fd fd = open_null();
  const int number = fd.release();
  BOOST_TEST(!static_cast<bool>(fd));
  fd.reset();
  BOOST_TEST(is_open(number));
  fd.reset(number);
  fd.reset();
  BOOST_TEST(!is_open(number));
}

BOOST_AUTO_TEST_SUITE_END()
