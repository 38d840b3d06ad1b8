// SPDX-License-Identifier: LGPL-2.1-or-later
// Each error of the core has its errno.
#include "errno_map.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>

BOOST_AUTO_TEST_SUITE(errno_map)

BOOST_AUTO_TEST_CASE(every_error_has_the_number_that_its_comment_promises) {
  using scsimpath::IoError;
  using scsimpath::fuse::error_number;
  BOOST_TEST(error_number(IoError::none) == 0);
  BOOST_TEST(error_number(IoError::io) == EIO);
  BOOST_TEST(error_number(IoError::target) == EREMOTEIO);
  BOOST_TEST(error_number(IoError::medium) == ENODATA);
  BOOST_TEST(error_number(IoError::reservation) == EBADE);
  BOOST_TEST(error_number(IoError::no_space) == ENOSPC);
  BOOST_TEST(error_number(IoError::protection) == EILSEQ);
  BOOST_TEST(error_number(IoError::read_only) == EROFS);
  BOOST_TEST(error_number(IoError::timed_out) == ETIME);
  BOOST_TEST(error_number(IoError::no_medium) == ENOMEDIUM);
  BOOST_TEST(error_number(IoError::not_supported) == EOPNOTSUPP);
  BOOST_TEST(error_number(IoError::invalid) == EINVAL);
  BOOST_TEST(error_number(IoError::again) == EAGAIN);
  BOOST_TEST(error_number(IoError::interrupted) == EINTR);
}

BOOST_AUTO_TEST_SUITE_END()
