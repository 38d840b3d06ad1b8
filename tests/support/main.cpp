// SPDX-License-Identifier: LGPL-2.1-or-later
// The main function of a unit test program.
#define BOOST_TEST_MODULE scsimpath
#include <boost/test/unit_test.hpp>
