// SPDX-License-Identifier: LGPL-2.1-or-later
// What is said from a thread of its own.
#include "event_logger.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>

#include "fd.h"

namespace {

using namespace scsimpath;
using namespace scsimpath::daemon;

class Nobody final : public EventSink {
 public:
  void publish(const Event&) noexcept override {}
};

/// Stderr is a pipe that nobody reads while it lives, and is full at first.
class FullLog {
 public:
  FullLog() {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
    read_ = Fd(ends[0]);
    stderr_ = Fd(dup(STDERR_FILENO));
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    const std::string block(static_cast<std::size_t>(fcntl(read_.get(), F_GETPIPE_SZ)), '.');
    BOOST_REQUIRE(write(STDERR_FILENO, block.data(), block.size()) ==
                  static_cast<ssize_t>(block.size()));
  }
  ~FullLog() { dup2(stderr_.get(), STDERR_FILENO); }
  FullLog(const FullLog&) = delete;
  FullLog& operator=(const FullLog&) = delete;

  /// Lets the writers go on, until `text` was written.
  bool reads(std::string_view text) {
    std::string all;
    std::array<char, 4096> piece{};
    while (all.find(text) == std::string::npos) {
      const ssize_t length = read(read_.get(), piece.data(), piece.size());
      if (length <= 0) return false;
      all.append(piece.data(), static_cast<std::size_t>(length));
    }
    return true;
  }

 private:
  Fd read_;
  Fd stderr_;
};

BOOST_AUTO_TEST_SUITE(event_logger)

BOOST_AUTO_TEST_CASE(nobody_waits_for_the_log) {
  Nobody nobody;
  FullLog log;
  EventLogger logger(nobody);
  logger.publish({EventKind::no_path, "disk", {}, {}});
  logger.warn("disk: something is lost");
  BOOST_TEST(log.reads("disk: something is lost"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
