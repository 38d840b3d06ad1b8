// SPDX-License-Identifier: LGPL-2.1-or-later
// Mount points that cannot be used, and /dev/fuse.
#include "mountpoint.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "temporary_folder.h"

namespace {

using namespace scsimpath;
using namespace scsimpath::daemon;
using scsimpath::test::TemporaryFolder;

constexpr const char* mountinfo =
    "22 1 0:20 / / rw - ext4 /dev/sda1 rw\n"
    "30 22 0:30 / /mnt/with\\040blank rw,nosuid shared:5 - fuse.scsimpath emulated:a rw\n"
    "31 22 0:31 / /mnt/twice rw - tmpfs none rw\n"
    "32 31 0:32 / /mnt/twice rw - xfs /dev/sdb rw\n"
    "nonsense\n";

BOOST_AUTO_TEST_SUITE(mountpoint)

BOOST_AUTO_TEST_CASE(what_is_mounted_is_found_by_its_exact_name) {
  BOOST_TEST(mounted_type(mountinfo, "/mnt/with blank") == "fuse.scsimpath");
  BOOST_TEST(mounted_type(mountinfo, "/mnt/twice") == "xfs");
  BOOST_TEST(mounted_type(mountinfo, "/") == "ext4");
  BOOST_TEST(mounted_type(mountinfo, "/mnt").empty());
  BOOST_TEST(mounted_type(mountinfo, "/mnt/with").empty());
  BOOST_TEST(mounted_type("", "/mnt").empty());
}

BOOST_AUTO_TEST_CASE(an_empty_directory_is_right) {
  const TemporaryFolder folder;
  const auto real = std::filesystem::canonical(folder.path());
  std::filesystem::create_directory(real / "m");
  std::filesystem::create_directory_symlink("m", real / "link");
  BOOST_TEST(check_mountpoint((real / "m").string()).value() == (real / "m").string());
  BOOST_TEST(check_mountpoint((real / "m/").string()).value() == (real / "m").string());
  BOOST_TEST(check_mountpoint((real / "link").string()).value() == (real / "m").string());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_mounted_on_is_named) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "file").string();
  std::ofstream(file) << "x";
  const auto refusal = [](const std::string& path) {
    const auto refused = check_mountpoint(path);
    BOOST_REQUIRE(!refused);
    return refused.error();
  };
  BOOST_TEST(refusal(file).message == "mount point " + file + ": is not a directory");
  BOOST_TEST(refusal(folder.path().string()).message == "mount point " + folder.path().string() +
                                                            ": is not empty: choose an empty "
                                                            "directory");
  BOOST_TEST(refusal(file + "x").message == "mount point " + file + "x: No such file or directory");
  BOOST_TEST(refusal("/proc").number == EBUSY);
  BOOST_TEST(refusal("/proc").message ==
             "mount point /proc: is in use: a file system of type proc is mounted there: umount "
             "it, or choose another directory");
}

BOOST_AUTO_TEST_CASE(a_missing_device_is_named_with_the_remedy) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "fuse").string();
  const auto refused = check_fuse_device(file);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message ==
             file +
                 ": is missing: load the kernel module with `modprobe fuse`, or let the "
                 "container have the device");
  std::ofstream(file) << "no device";
  BOOST_TEST(!check_fuse_device(file).has_value());
  BOOST_TEST(check_fuse_device("/dev/null").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
