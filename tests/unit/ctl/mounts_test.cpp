// SPDX-License-Identifier: LGPL-2.1-or-later
// Which mount, and which head of it, a path means.
#include "mounts.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>

namespace scsimpath::ctl {
namespace {

constexpr std::string_view mountinfo =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "40 22 0:50 / /mnt/mpath rw,nosuid shared:7 master:2 - fuse.scsimpath emulated:disk.img rw\n"
    "41 22 0:51 / /mnt/with\\040blank rw - fuse.scsimpath emulated:a\\134b rw,user_id=0\n"
    "42 22 0:52 / /mnt/other rw - fuse.sshfs host: rw\n"
    "43 22 0:50 /naa.5 /srv/disk rw - fuse.scsimpath emulated:disk.img rw\n"
    "44 22 0:50 / /srv/all rw - fuse.scsimpath emulated:disk.img rw\n"
    "45 40 0:53 / /mnt/mpath/inner rw - fuse.scsimpath emulated:inner.img rw\n"
    "46 22 0:54 /naa.7 /srv/lost rw - fuse.scsimpath emulated:lost.img rw\n"
    "broken line\n";

Place place(std::string_view path) {
  const Result<Place> found = locate(parse_mounts(mountinfo), path);
  BOOST_REQUIRE(found.has_value());
  return *found;
}

BOOST_AUTO_TEST_SUITE(mounts)

BOOST_AUTO_TEST_CASE(only_those_of_scsimpath_are_read_unescaped) {
  const auto all = parse_mounts(mountinfo);
  BOOST_REQUIRE(all.size() == 6U);
  BOOST_TEST(all[0].point == "/mnt/mpath");
  BOOST_TEST(all[0].source == "emulated:disk.img");
  BOOST_TEST(all[1].point == "/mnt/with blank");
  BOOST_TEST(all[1].source == "emulated:a\\b");
}

BOOST_AUTO_TEST_CASE(bind_mounts_are_one_mount) {
  const auto whole = distinct(parse_mounts(mountinfo));
  BOOST_REQUIRE(whole.size() == 3U);
  BOOST_TEST(whole[0].point == "/mnt/mpath");
  BOOST_TEST(whole[1].point == "/mnt/with blank");
  BOOST_TEST(whole[2].point == "/mnt/mpath/inner");
}

BOOST_AUTO_TEST_CASE(a_heads_file_is_that_head) {
  BOOST_TEST(place("/mnt/mpath/naa.5").head == "naa.5");
  BOOST_TEST(place("/mnt/mpath/naa.5").mount.point == "/mnt/mpath");
  BOOST_TEST(place("/mnt/mpath/.scsimpath/heads/naa.5").head == "naa.5");
  BOOST_TEST(place("/mnt/mpath/naa.5").control_file() == "/mnt/mpath/.scsimpath/heads/naa.5");
}

BOOST_AUTO_TEST_CASE(what_is_no_head_is_the_mount) {
  for (const char* path : {"/mnt/mpath", "/mnt/mpath/.scsimpath", "/mnt/mpath/.scsimpath/status",
                           "/mnt/mpath/.scsimpath/heads", "/mnt/mpath/by-id"}) {
    BOOST_TEST(place(path).head == "");
  }
}

BOOST_AUTO_TEST_CASE(the_nearest_mount_counts) {
  BOOST_TEST(place("/mnt/mpath/inner/naa.9").mount.point == "/mnt/mpath/inner");
}

BOOST_AUTO_TEST_CASE(a_bind_mount_of_one_file_leads_to_the_whole) {
  const Place disk = place("/srv/disk");
  BOOST_TEST(disk.head == "naa.5");
  BOOST_TEST(disk.mount.root == "/");
  BOOST_TEST(disk.mount.device == "0:50");
}

BOOST_AUTO_TEST_CASE(what_lies_elsewhere_is_refused) {
  const auto all = parse_mounts(mountinfo);
  for (const char* path : {"/", "/mnt", "/mnt/mpathology/naa.5", "/mnt/other/x", "/srv/lost"}) {
    const Result<Place> found = locate(all, path);
    BOOST_REQUIRE(!found.has_value());
    BOOST_TEST(found.error().number == ENOENT);
    BOOST_TEST(found.error().message.starts_with(path));
  }
}

BOOST_AUTO_TEST_CASE(a_dead_mount_is_told_with_its_remedy) {
  const Error dead = explain(parse_mounts(mountinfo)[0], {ENOTCONN, "x"});
  BOOST_TEST(dead.message.find("umount -l /mnt/mpath") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scsimpath::ctl
