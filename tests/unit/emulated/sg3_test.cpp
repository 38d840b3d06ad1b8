// SPDX-License-Identifier: LGPL-2.1-or-later
// Conformance: what the programs of sg3-utils decode from the unit's answers is what was meant.
#include <stdio.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "test_disk.h"

using namespace scsimpath;
using test::TestDisk;

namespace {

/// The output of a shell command.
std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen((command + " 2>&1").c_str(), "r"),
                                                   &::pclose);
  BOOST_REQUIRE(pipe != nullptr);
  std::string text;
  char piece[4096];
  while (const std::size_t got = ::fread(piece, 1, sizeof piece, pipe.get())) {
    text.append(piece, got);
  }
  return text;
}

/// A machine without sg3-utils cannot run these tests: 77 tells meson so.
struct NeedsSg3 {
  NeedsSg3() {
    if (std::system("command -v sg_inq sg_vpd sg_rtpg sg_readcap sg_modes >/dev/null") != 0) {
      std::_Exit(77);
    }
  }
};

struct Disk : TestDisk {
  Disk() : TestDisk({.paths = 3, .wwid = "naa.600508b1001c0123456789abcdef0123"}) { settle(); }

  [[nodiscard]] std::string answer_file() const { return (folder.path() / "answer").string(); }
  void save(unsigned number, const Cdb& cdb) {
    const auto bytes = ask(number, cdb);
    std::ofstream file(answer_file(), std::ios::binary);
    for (const std::uint8_t byte : bytes) file.put(static_cast<char>(byte));
  }
  /// What a program that reads files makes of the answer.
  std::string decoded(const char* program, unsigned number, const Cdb& cdb) {
    save(number, cdb);
    return output_of(std::string(program) + " --raw --inhex=" + answer_file());
  }
  /// What a program that wants a device makes of it.
  std::string decoded_as_device(const std::string& program, unsigned number, const Cdb& cdb) {
    save(number, cdb);
    const char* library = std::getenv("SG_ANSWER_LIBRARY");
    BOOST_REQUIRE(library != nullptr);
    return output_of("SG_ANSWER=" + answer_file() + " LD_PRELOAD=" + library + " " + program +
                     " /dev/null");
  }
};

void expect(const std::string& text, const std::vector<const char*>& pieces) {
  std::size_t from = 0;
  for (const char* piece : pieces) {
    const std::size_t at = text.find(piece, from);
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, "no '" << piece << "' in its place in\n"
                                                          << text);
    from = at;
  }
}

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(NeedsSg3);

BOOST_AUTO_TEST_SUITE(sg3)

BOOST_FIXTURE_TEST_CASE(inquiry, Disk) {
  expect(decoded("sg_inq", 0, scsi::inquiry(96)),
         {"PQual=0", "PDT=0", "RMB=0", "version=0x07", "[SPC-5]", "HiSUP=1", "Resp_data_format=2",
          "TPGS=1", "Protect=0", "MultiP=1", "CmdQue=1", "length=96",
          "Peripheral device type: disk", "Vendor identification: SCSIPATH",
          "Product identification: EMULATED DISK", "Product revision level: 0001"});
  expect(
      decoded_as_device("sg_inq -d", 0, scsi::inquiry(96)),
      {"SAM-5 (no version claimed)", "SPC-5 (no version claimed)", "SBC-4 (no version claimed)"});
}

BOOST_FIXTURE_TEST_CASE(supported_pages, Disk) {
  expect(decoded("sg_vpd", 0, scsi::inquiry_vpd(0x00, 512)),
         {"Supported VPD pages [sv]", "Unit serial number [sn]", "Device identification [di]",
          "Block limits (SBC) [bl]", "Block device characteristics (SBC) [bdc]",
          "Logical block provisioning (SBC) [lbpv]"});
}

BOOST_FIXTURE_TEST_CASE(device_identification, Disk) {
  expect(decoded("sg_vpd", 1, scsi::inquiry_vpd(0x83, 512)),
         {"Addressed logical unit:", "designator type: NAA,  code set: Binary",
          "0x600508b1001c0123456789abcdef0123", "Target port:",
          "designator type: Relative target port,  code set: Binary", "Relative target port: 0x2",
          "designator type: Target port group,  code set: Binary", "Target port group: 0x2"});
}

BOOST_FIXTURE_TEST_CASE(unit_serial, Disk) {
  const std::string text = decoded("sg_vpd", 0, scsi::inquiry_vpd(0x80, 512));
  expect(text, {"Unit serial number: "});
  BOOST_TEST(text.size() - text.rfind(' ') == 1 + 16 + 1);  // a blank, 16 digits, a line end
}

BOOST_FIXTURE_TEST_CASE(limits, Disk) {
  expect(decoded("sg_vpd", 0, scsi::inquiry_vpd(0xb0, 512)),
         {"Write same non-zero (WSNZ): 0", "Maximum compare and write length: 0 blocks",
          "Optimal transfer length granularity: 8 blocks", "Maximum transfer length: 8192 blocks",
          "Optimal transfer length: 2048 blocks", "Maximum unmap LBA count: 2097152",
          "Maximum unmap block descriptor count: 256", "Optimal unmap granularity: 8 blocks",
          "Unmap granularity alignment valid: true", "Maximum write same length: 0x20000 blocks"});
}

BOOST_FIXTURE_TEST_CASE(characteristics_and_provisioning, Disk) {
  expect(decoded("sg_vpd", 0, scsi::inquiry_vpd(0xb1, 512)), {"Non-rotating medium"});
  expect(decoded("sg_vpd", 0, scsi::inquiry_vpd(0xb2, 512)),
         {"(LBPU): 1", "(LBPWS): 1", "(LBPWS10): 1", "(LBPRZ): 1", "(ANC_SUP): 0",
          "Provisioning type: 2 (thin provisioned)"});
}

BOOST_FIXTURE_TEST_CASE(capacity, Disk) {
  expect(decoded_as_device("sg_readcap --long", 0, scsi::read_capacity_16(32)),
         {"prot_en=0", "lbpme=1, lbprz=1", "Number of logical blocks=2048",
          "Logical block length=512 bytes", "physical block length=4096 bytes",
          "Device size: 1048576 bytes"});
}

BOOST_FIXTURE_TEST_CASE(mode_pages, Disk) {
  expect(
      decoded_as_device("sg_modes --all", 0, test::raw_cdb({0x5a, 0, 0x3f, 0, 0, 0, 0, 2, 0, 0})),
      {"WP=0", "DpoFua=1", "Block descriptor length=8", "00 00 08 00 00 00 02 00", "Caching",
       "08 12 04", "Control", "0a 0a 00 10"});
}

BOOST_FIXTURE_TEST_CASE(port_groups, Disk) {
  struct Row {
    const char* fault;
    const char* decoded;
  };
  for (const Row& row :
       {Row{"alua=active/optimized", "0x00 (active/optimized)"},
        Row{"alua=active/non-optimized", "0x01 (active/non optimized)"},
        Row{"alua=standby", "0x02 (standby)"}, Row{"alua=unavailable", "0x03 (unavailable)"},
        Row{"alua=lba-dependent", "0x04 (logical block dependent)"},
        Row{"alua=offline", "0x0e (offline)"}, Row{"alua=transitioning", "0x0f (transitioning"}}) {
    set_fault(1, row.fault);
    settle();
    for (const bool extended : {false, true}) {
      expect(decoded_as_device(extended ? "sg_rtpg -d -e" : "sg_rtpg -d", 0,
                               scsi::report_target_port_groups(1024, extended)),
             {extended ? "Implicit transition time: 0" : "Report target port groups",
              "target port group id : 0x1 , Pref=0", "0x00 (active/optimized)",
              "target port count : 01", "0x01", "target port group id : 0x2 , Pref=0", row.decoded,
              "T_SUP : 1, O_SUP : 1, LBD_SUP : 1, U_SUP : 1, S_SUP : 1, AN_SUP : 1, AO_SUP : 1",
              "target port count : 01", "0x02", "target port group id : 0x3 , Pref=0",
              "0x00 (active/optimized)", "0x03"});
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
