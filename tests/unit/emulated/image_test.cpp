// SPDX-License-Identifier: LGPL-2.1-or-later
// The image: made, found, locked, refused, on every file system at hand.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "open_disk.h"
#include "temporary_folder.h"
#include "test_disk.h"

using namespace scsimpath;
using emulated::DiskSettings;
using emulated::open_disk;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(image)

namespace {

struct Folder {
  test::TemporaryFolder folder;
  test::VirtualRuntime runtime;

  [[nodiscard]] std::string path(const char* name) const { return (folder.path() / name).string(); }
  std::string make(const char* name, std::uint64_t size) const {
    std::ofstream(path(name)).close();
    fs::resize_file(path(name), size);
    return path(name);
  }
  Result<emulated::OpenDisk> open(DiskSettings settings) {
    settings.lock_patience = std::chrono::milliseconds(40);
    return open_disk(settings, runtime.runtime());
  }
  /// The message, with the folder's name taken out.
  std::string refusal(const DiskSettings& settings) {
    const auto disk = open(settings);
    BOOST_REQUIRE(!disk.has_value());
    std::string message = disk.error().message;
    BOOST_TEST(message.find('\n') == std::string::npos);
    const std::string prefix = folder.path().string() + "/";
    if (const auto at = message.find(prefix); at != std::string::npos) {
      message.erase(at, prefix.size());
    }
    return message;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(made_sparse_and_private, Folder) {
  const std::string image = path("disk.img");
  const auto disk = open({.image = image, .size = std::uint64_t{1} << 40});
  BOOST_REQUIRE(disk.has_value());
  BOOST_TEST(disk->made_image);
  BOOST_TEST(disk->paths.size() == 2U);
  struct stat status {};
  BOOST_REQUIRE(::stat(image.c_str(), &status) == 0);
  BOOST_TEST(status.st_size == std::int64_t{1} << 40);
  BOOST_TEST(status.st_blocks < 100);
  BOOST_TEST((status.st_mode & 07777) == 0600);
}

BOOST_FIXTURE_TEST_CASE(found_again_with_the_same_name_and_content, Folder) {
  const std::string image = make("disk.img", 8192);
  std::string wwid;
  {
    const auto disk = open({.image = image});
    BOOST_REQUIRE(disk.has_value());
    BOOST_TEST(!disk->made_image);
    wwid = disk->wwid;
  }
  fs::create_symlink("disk.img", path("link"));
  const auto disk = open({.image = path("link"), .size = 8192});
  BOOST_REQUIRE(disk.has_value());
  BOOST_TEST(disk->wwid == wwid);
  BOOST_TEST(wwid.size() == std::string("naa.").size() + 32);
}

BOOST_FIXTURE_TEST_CASE(paths_are_named_by_their_ports, Folder) {
  const auto disk = open({.image = make("disk.img", 4096), .paths = 3});
  BOOST_REQUIRE(disk.has_value());
  BOOST_TEST(disk->paths.at(2)->info().name == "emu2");
  BOOST_TEST(disk->paths.at(2)->info().device == "emulated:2");
  BOOST_TEST(disk->paths.at(2)->info().max_transfer == 4U << 20);
  BOOST_TEST(disk->paths.at(2)->info().numa_node == -1);
  BOOST_TEST(disk->paths.at(2)->info().port != nullptr);
  BOOST_TEST(disk->paths.at(2)->info().port != disk->paths.at(1)->info().port);
}

BOOST_FIXTURE_TEST_CASE(a_second_use_is_refused, Folder) {
  const std::string image = make("disk.img", 4096);
  auto first = open({.image = image});
  BOOST_REQUIRE(first.has_value());
  BOOST_TEST(refusal({.image = image}) == "image 'disk.img' is in use: unmount it there first");
  BOOST_TEST(!refusal({.image = image, .read_only = true}).empty());
  first->paths.pop_back();
  BOOST_TEST(!open({.image = image}).has_value());
  first->paths.clear();
  BOOST_TEST(open({.image = image}).has_value());
}

BOOST_FIXTURE_TEST_CASE(one_that_is_ending_is_waited_for, Folder) {
  const std::string image = make("disk.img", 4096);
  int ready[2];
  BOOST_REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    // Another program that holds the image a little longer than this one has asked for it.
    const auto disk = open({.image = image});
    const char byte = 0;
    const bool told = disk.has_value() && ::write(ready[1], &byte, 1) == 1;
    ::poll(nullptr, 0, 300);
    ::_exit(told ? 0 : 1);
  }
  char byte = 0;
  BOOST_REQUIRE(::read(ready[0], &byte, 1) == 1);
  const auto disk =
      open_disk({.image = image, .lock_patience = std::chrono::seconds(60)}, runtime.runtime());
  BOOST_TEST(disk.has_value());
  int status = -1;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_used_is_named_with_the_remedy, Folder) {
  fs::create_directory(path("folder"));
  BOOST_TEST(refusal({.image = path("folder"), .size = 4096}) ==
             "image 'folder' is a folder: name a file");
  BOOST_REQUIRE(::mkfifo(path("fifo").c_str(), 0600) == 0);
  BOOST_TEST(refusal({.image = path("fifo"), .size = 4096}) ==
             "image 'fifo' is not a regular file: name one");
  BOOST_TEST(refusal({.image = path("missing")}) ==
             "image 'missing' does not exist: add size= to make it, as in size=1GiB");
  BOOST_TEST(refusal({.image = path("missing"), .size = 4096, .read_only = true}) ==
             "image 'missing' does not exist: make it first, without ro");
  BOOST_TEST(refusal({.image = make("empty", 0), .size = 4096}) ==
             "image 'empty' is empty: remove it, and size= makes it anew");
  BOOST_TEST(refusal({.image = make("odd", 1000)}) ==
             "image 'odd' has 1000 bytes, which is no multiple of the block size 512: 'truncate -s "
             "%512' makes it one");
  BOOST_TEST(refusal({.image = make("odd4k", 4608), .block_size = 4096}) ==
             "image 'odd4k' has 4608 bytes, which is no multiple of the block size 4096: 'truncate "
             "-s %4096' makes it one");
  BOOST_TEST(refusal({.image = make("other", 8192), .size = 4096}) ==
             "image 'other' has 8192 bytes, not the 4096 of size=: leave size= out, or name "
             "another image");
  fs::create_symlink("nowhere/at/all", path("dangling"));
  BOOST_TEST(refusal({.image = path("dangling"), .size = 4096}) ==
             "image 'dangling' is a symbolic link to nothing: remove it");
  BOOST_TEST(refusal({.image = path("no/such/disk.img"), .size = 4096}) ==
             "image 'no/such/disk.img' cannot be made: No such file or directory");
  BOOST_TEST(refusal({.image = ""}) == "emulated disk: no image is named");
}

BOOST_FIXTURE_TEST_CASE(nothing_is_made_in_vain, Folder) {
  const std::string image = path("disk.img");
  const std::uint64_t enormous = ~std::uint64_t{0} / 512 * 512;
  const DiskSettings wrong[]{
      {.image = image, .size = 1000},
      {.image = image, .size = 0},
      {.image = image, .size = enormous},
      {.image = image, .size = 4608, .block_size = 4096},
      {.image = image, .size = 4096, .block_size = 1024},
      {.image = image, .size = 4096, .paths = 0},
      {.image = image, .size = 4096, .paths = 65},
      {.image = image, .size = 4096, .wwid = "naa.5"},
      {.image = image, .size = 4096, .read_only = true},
      {.image = image},
  };
  for (const DiskSettings& settings : wrong) {
    BOOST_TEST(!open(settings).has_value());
    BOOST_TEST(!fs::exists(image));
  }
}

BOOST_FIXTURE_TEST_CASE(a_file_that_is_not_ours_to_write_is_left_alone, Folder) {
  if (::geteuid() == 0) {
    // Root may write anything; as another user, in a child so that we stay who we are.
    const std::string image = make("disk.img", 4096);
    fs::permissions(folder.path(), fs::perms(0755));
    fs::permissions(image, fs::perms(0444));
    const pid_t child = ::fork();
    if (child == 0) {
      constexpr uid_t nobody = 65534;
      if (::setuid(nobody) != 0) ::_exit(3);
      const auto refused = open({.image = image});
      const bool named = !refused && refused.error().number == EACCES &&
                         refused.error().message.ends_with(
                             "cannot be written (Permission denied): change that, or mount it "
                             "with ro");
      const bool readable = open({.image = image, .read_only = true}).has_value();
      ::_exit(named && readable ? 0 : 1);
    }
    int status = -1;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_TEST(status == 0);
  } else {
    const std::string image = make("disk.img", 4096);
    fs::permissions(image, fs::perms(0444));
    BOOST_TEST(refusal({.image = image}) ==
               "image 'disk.img' cannot be written (Permission denied): change that, or mount it "
               "with ro");
    BOOST_TEST(open({.image = image, .read_only = true}).has_value());
  }
}

BOOST_AUTO_TEST_CASE(every_file_system_at_hand) {
  // tmpfs and, in the folders of the tests and of the sources, whatever is there.
  for (const char* folder : {"/dev/shm", "/var/tmp", "."}) {
    BOOST_TEST_CONTEXT(folder) {
      std::string name = std::string(folder) + "/scsimpath-test-XXXXXX";
      BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
      {
        test::TestDisk disk({.image = name + "/disk.img", .size = 64U << 20});
        disk.settle();
        auto written = test::filled(8192, 0x5a);
        BOOST_TEST(disk.write(0, 1000, 16, written, true).status == 0);
        auto got = test::filled(16384, 0xff);
        BOOST_TEST(disk.read(1, 992, 32, got).status == 0);
        auto wanted = test::filled(16384, 0);
        std::ranges::copy(written, wanted.begin() + 4096);
        BOOST_TEST(got == wanted, boost::test_tools::per_element());
        struct stat status {};
        BOOST_REQUIRE(::stat(disk.image.c_str(), &status) == 0);
        BOOST_TEST(status.st_blocks * 512 < (1 << 20));
      }
      fs::remove_all(name);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
