// SPDX-License-Identifier: LGPL-2.1-or-later
// The configuration file: what it says, what is wrong in it, and who wins.
#include "configuration.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "temporary_folder.h"

namespace {

using namespace scsimpath;
using namespace scsimpath::settings;
using scsimpath::test::TemporaryFolder;
using namespace std::chrono_literals;

FileContents contents_of(std::string_view text) {
  auto contents = parse_configuration(text, "/etc/x.toml", "/etc");
  BOOST_REQUIRE_MESSAGE(contents, contents.error().message);
  return *std::move(contents);
}

std::string refusal_of(std::string_view text) {
  const auto refused = parse_configuration(text, "/etc/x.toml", "/etc");
  BOOST_REQUIRE_MESSAGE(!refused, text);
  return refused.error().message;
}

BOOST_AUTO_TEST_SUITE(configuration)

BOOST_AUTO_TEST_CASE(a_whole_file) {
  const FileContents contents = contents_of(R"(
iopolicy = "round-robin"
checker_interval = 0.5
no_path_timeout = "queue"
exclusive = true
mode = 0o640
ro = false
[[emulated]]
image = "disk.img"
size = "1GiB"
paths = 4
lbprz = 0
thin = false
ro = true
alias = "scratch"
io_timeout = 2
[[emulated]]
image = "/srv/../srv/other.img"
size = 1048576
[[head]]
wwid = "naa.6001"
alias = "data"
iopolicy = "numa"
)");
  HeadSettings head;
  MountSettings mount;
  overlay(head, contents.defaults);
  overlay(mount, contents.defaults);
  BOOST_TEST((head.iopolicy == IoPolicy::round_robin));
  BOOST_TEST((head.checker_interval == 500ms));
  BOOST_TEST((head.no_path_timeout == HeadSettings::forever));
  BOOST_TEST(head.exclusive);
  BOOST_TEST(mount.mode == 0640u);
  BOOST_TEST(!mount.read_only);

  BOOST_REQUIRE(contents.disks.size() == 2u);
  BOOST_TEST((contents.disks[0].disk == EmulatedDisk{.image = "/etc/disk.img",
                                                     .size = 1ULL << 30,
                                                     .paths = 4,
                                                     .thin = false,
                                                     .lbprz = false,
                                                     .read_only = true}));
  BOOST_TEST(contents.disks[0].head.alias == "scratch");
  BOOST_REQUIRE(contents.disks[0].head.settings.size() == 1u);
  BOOST_TEST(contents.disks[0].head.settings[0].value == "2");
  BOOST_TEST(contents.disks[1].disk.image == "/srv/other.img");
  BOOST_TEST(contents.disks[1].disk.size.value() == 1048576u);

  BOOST_REQUIRE(contents.heads.size() == 1u);
  BOOST_TEST(contents.heads[0].wwid == "naa.6001");
  BOOST_TEST(contents.heads[0].alias == "data");
}

BOOST_AUTO_TEST_CASE(errors_name_file_line_and_key) {
  const std::pair<const char*, const char*> cases[] = {
      {"\n\nsise = 1\n", "/etc/x.toml:3: sise: unknown key"},
      {"config = \"y.toml\"\n", "/etc/x.toml:1: config: unknown key"},
      {"iopolicy = \"Numa\"\n",
       "/etc/x.toml:1: iopolicy=Numa: must be numa|round-robin|queue-depth"},
      {"\nio_timeout = 0.05", "/etc/x.toml:2: io_timeout=0.05: must be SECONDS (0.1 to 3600)"},
      {"\nio_timeout = -1", "/etc/x.toml:2: io_timeout=-1: must be SECONDS (0.1 to 3600)"},
      {"io_timeout = [1]", "/etc/x.toml:1: io_timeout: must be SECONDS (0.1 to 3600)"},
      {"io_timeout = inf", "/etc/x.toml:1: io_timeout=inf: must be SECONDS (0.1 to 3600)"},
      {"[[emulated]]\nimage=\"d\"\npath = 3", "/etc/x.toml:3: path: unknown key in [[emulated]]"},
      {"[[emulated]]\nimage=\"d\"\npaths = 0", "/etc/x.toml:3: paths=0: must be 1 to 64"},
      {"[[emulated]]\nimage=\"d\"\nsize = 1.5",
       "/etc/x.toml:3: size=1.5: must be BYTES, or with KiB, MiB, GiB or TiB"},
      {"[[emulated]]\nimage=\"d\"\nmode = 3",
       "/etc/x.toml:3: mode: is of the whole mount: move it above every [[…]]"},
      {"[[emulated]]\nimage = 5", "/etc/x.toml:2: [[emulated]]: image: must be the name of a file"},
      {"[emulated]\nimage = \"d\"", "/etc/x.toml:1: emulated: is written [[emulated]]"},
      {"emulated = [3]", "/etc/x.toml:1: emulated: is written [[emulated]]"},
      {"[[udev]]\n", "/etc/x.toml:1: udev: is written [udev]"},
      {"[udev]\nonly = []", "/etc/x.toml:2: only: unknown key in [udev]"},
      {"[udev]\nexclude = \"sda\"",
       "/etc/x.toml:2: exclude: is written [{ vendor = \"PATTERN\" }, …]"},
      {"[udev]\nexclude = [{}]",
       "/etc/x.toml:2: exclude: is written [{ vendor = \"PATTERN\" }, …]"},
      {"[udev]\ninclude = [{ model = \"x\" }]",
       "/etc/x.toml:2: model: unknown key in include (wwid, vendor, product, device, property)"},
      {"[udev]\ninclude = [{ vendor = 1 }]", "/etc/x.toml:2: vendor: must be a shell pattern"},
      {"[udev]\ninclude = [{ property = \"ID_BUS\" }]",
       "/etc/x.toml:2: property: must be NAME=PATTERN"},
      {"[[paths]]\ndevices = []", "/etc/x.toml:1: [[paths]]: no device is named"},
      {"[[paths]]\nnodes = []", "/etc/x.toml:2: [[paths]]: is written devices = [\"/dev/sdX\", …]"},
      {"[[paths]]\ndevices = [\"sda\"]",
       "/etc/x.toml:1: [[paths]]: sda: is not absolute (/dev/sdX or /dev/sgN)"},
      {"[[paths]]\ndevices = [\"/dev/sda\", \"/dev/sda\"]",
       "/etc/x.toml:1: [[paths]]: /dev/sda: stands there twice"},
      {"[[paths]]\ndevices = [1]", "/etc/x.toml:2: devices: must be names of nodes"},
      {"[[head]]\nwwid = \"a\"\npaths = 2", "/etc/x.toml:3: paths: unknown key in [[head]]"},
      {"[[head]]\nwwid = \"a\"\nalias = \"a/b\"",
       "/etc/x.toml:3: alias=a\\x2fb: must be a file name, not by-id or one that begins with a "
       "full "
       "stop"},
      {"[[head]]\nwwid = \"a\"\nalias = \".scsimpath\"",
       "/etc/x.toml:3: alias=\\x2escsimpath: must be a file name, not by-id or one that begins "
       "with a "
       "full stop"},
  };
  for (const auto& [text, message] : cases) {
    BOOST_TEST(refusal_of(text) == message);
  }
}

BOOST_AUTO_TEST_CASE(what_is_missing_or_there_twice_is_named_by_line) {
  const auto starts = [](std::string_view text, std::string_view start, std::string_view part) {
    const std::string message = refusal_of(text);
    BOOST_TEST(message.starts_with(start), message);
    BOOST_TEST(message.find(part) != std::string::npos, message);
  };
  starts("[[emulated]]\npaths=2", "/etc/x.toml:1: ", "image is missing");
  starts("[[head]]\nalias=\"x\"", "/etc/x.toml:1: ", "wwid is missing");
  starts("[[emulated]]\nimage=\"d\"\n[[emulated]]\nimage=\"./d\"",
         "/etc/x.toml:3: ", "image /etc/d stands here twice");
  starts("[[emulated]]\nimage=\"d\"\nalias=\"a\"\n[[head]]\nwwid=\"w\"\nalias=\"a\"",
         "/etc/x.toml:6: ", "alias=a: stands here twice");
  starts("[[head]]\nwwid=\"w\"\n[[head]]\nwwid=\"w\"",
         "/etc/x.toml:3: ", "wwid w stands here twice");
  starts("[[emulated]]\nimage=\"d\"\nwwid=\"w\"\n[[emulated]]\nimage=\"e\"\nwwid=\"w\"",
         "/etc/x.toml:4: ", "wwid w stands here twice");
  starts("[[emulated]]\nimage=\"d\"\nsize=1000", "/etc/x.toml:1: ", "multiple of block_size=512");
  starts("iopolicy = \"numa\"\niopolicy = \"numa\"", "/etc/x.toml:2: ", "iopolicy");
  starts("iopolicy = \n", "/etc/x.toml:1: ", "");
  starts("a\n\n[", "/etc/x.toml:1: ", "");
}

BOOST_AUTO_TEST_CASE(one_image_under_two_names_is_one_image) {
  const TemporaryFolder folder;
  const std::filesystem::path directory = folder.path();
  std::ofstream(directory / "disk.img") << "x";
  std::filesystem::create_hard_link(directory / "disk.img", directory / "same.img");
  const auto refused =
      parse_configuration("[[emulated]]\nimage=\"disk.img\"\n[[emulated]]\nimage=\"same.img\"",
                          "x.toml", directory.string());
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message.find("twice") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(options_win_over_the_heads_own_and_that_over_defaults) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "x.toml").string();
  std::ofstream(file) << "iopolicy='round-robin'\nio_timeout=3\nchecker_interval=3\nmode=0o666\n"
                         "[[emulated]]\nimage='d'\nio_timeout=4\nchecker_interval=4\n";
  const std::vector<std::string> options{"checker_interval=5", "mode=0600"};
  const auto configuration = make_configuration(file, options);
  BOOST_REQUIRE_MESSAGE(configuration, configuration.error().message);
  BOOST_TEST(configuration->file == file);
  BOOST_TEST(configuration->mount().mode == 0600u);

  const HeadSection* const own[] = {&configuration->contents.disks.at(0).head};
  const HeadSettings head = configuration->head(own);
  BOOST_TEST((head.iopolicy == IoPolicy::round_robin));
  BOOST_TEST((head.io_timeout == 4s));
  BOOST_TEST((head.checker_interval == 5s));
  const HeadSettings other = configuration->defaults();
  BOOST_TEST((other.io_timeout == 3s));
  BOOST_TEST((other.checker_interval == 5s));
}

BOOST_AUTO_TEST_CASE(a_source_may_have_a_file_beside_it) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "x.toml").string();
  std::ofstream(file) << "iopolicy='round-robin'\n";
  const std::vector<std::string> options{"config=" + file};
  const auto configuration = make_configuration("emulated:d.img", options);
  BOOST_REQUIRE_MESSAGE(configuration, configuration.error().message);
  BOOST_TEST(configuration->contents.disks.size() == 1u);
  BOOST_TEST(configuration->contents.disks[0].disk.image ==
             (std::filesystem::current_path() / "d.img").string());
  BOOST_TEST((configuration->defaults().iopolicy == IoPolicy::round_robin));

  const auto both = make_configuration(file, options);
  BOOST_REQUIRE(!both);
  BOOST_TEST(both.error().message.find("is a configuration file already") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_used_are_named) {
  const TemporaryFolder folder;
  const std::filesystem::path directory = folder.path();
  const auto refusal = [](const std::string& file) {
    const auto refused = make_configuration(file, {});
    BOOST_REQUIRE(!refused);
    return refused.error();
  };
  const std::string missing = (directory / "missing.toml").string();
  BOOST_TEST(refusal(missing).number == ENOENT);
  BOOST_TEST(refusal(missing).message == missing + ": No such file or directory");

  const std::string folder_file = (directory / "folder.toml").string();
  std::filesystem::create_directory(folder_file);
  BOOST_TEST(refusal(folder_file).message == folder_file + ": is a folder");

  const std::string empty = (directory / "empty.toml").string();
  std::ofstream(empty) << "iopolicy='numa'\n";
  BOOST_TEST(refusal(empty).message ==
             empty + ": no disk is named: add [udev], [[paths]] or [[emulated]]");
}

BOOST_AUTO_TEST_CASE(real_disks_are_named_by_udev_and_by_lists) {
  const auto contents = parse_configuration(
      "[udev]\n"
      "exclude = [{ vendor = \"ATA\" }, { wwid = \"naa.5*\", product = \"X\" }]\n"
      "include = [{ property = \"ID_BUS=scsi\" }]\n"
      "[[paths]]\ndevices = [\"/dev/sg1\", \"/dev/sdc\"]\n"
      "[[paths]]\ndevices = [\"/dev/sg9\"]\n",
      "x.toml", "/");
  BOOST_REQUIRE_MESSAGE(contents, contents.error().message);
  const discovery::DiskFilter expected{
      .include = {{.property = "ID_BUS=scsi"}},
      .exclude = {{.vendor = "ATA"}, {.wwid = "naa.5*", .product = "X"}}};
  BOOST_TEST_REQUIRE(contents->udev.has_value());
  BOOST_TEST((*contents->udev == expected));
  BOOST_TEST((contents->lists == std::vector<DeviceList>{{"/dev/sg1", "/dev/sdc"}, {"/dev/sg9"}}));
}

BOOST_AUTO_TEST_CASE(source_adds_to_the_file) {
  const auto udev = make_configuration("udev", {});
  BOOST_REQUIRE(udev);
  BOOST_TEST(udev->contents.udev.has_value());
  const auto list = make_configuration("/dev/sg1:/dev/sdc", {});
  BOOST_REQUIRE(list);
  BOOST_TEST(!list->contents.udev.has_value());
  BOOST_TEST((list->contents.lists == std::vector<DeviceList>{{"/dev/sg1", "/dev/sdc"}}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
