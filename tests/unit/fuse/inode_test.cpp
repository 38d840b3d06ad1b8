// SPDX-License-Identifier: LGPL-2.1-or-later
// Inode numbers and udev's names.
#include "inode.h"

#include <boost/test/unit_test.hpp>

#include "mount_arguments.h"
#include "tree.h"

using namespace scsimpath::fuse;

BOOST_AUTO_TEST_SUITE(inodes)

BOOST_AUTO_TEST_CASE(a_wwid_has_the_same_number_in_every_process) {
  BOOST_TEST(first_inode("naa.6000000000000001") == first_inode("naa.6000000000000001"));
  BOOST_TEST(first_inode("naa.6000000000000001") != first_inode("naa.6000000000000002"));
  // Written down: programs remember inode numbers across mounts.
  BOOST_TEST(first_inode("") == 0x65f94e7242111590U);
}

BOOST_AUTO_TEST_CASE(it_leaves_room_for_the_heads_inodes_and_the_fixed_ones) {
  for (const char* wwid : {"", "a", "naa.5", "eui.0", "t10.VENDOR"}) {
    const Inode first = first_inode(wwid);
    BOOST_TEST(first % inodes_per_head == 0U);
    BOOST_TEST(first > inode::events);
    BOOST_TEST(first + inodes_per_head - 1 <= 0x7fffffffffffffffU);
  }
}

BOOST_AUTO_TEST_CASE(udev_names_only_naa_identifiers) {
  BOOST_TEST(udev_name("naa.600a") == "wwn-0x600a");
  BOOST_TEST(udev_name("eui.0011223344556677").empty());
  BOOST_TEST(udev_name("t10.naa.600a").empty());
}

BOOST_AUTO_TEST_CASE(a_source_with_commas_stays_one_option) {
  BOOST_TEST(escape_option("emulated:a,size=1GiB") == "emulated:a\\,size=1GiB");
  BOOST_TEST(escape_option("a\\,b") == "a\\\\\\,b");
}

BOOST_AUTO_TEST_SUITE_END()
