// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes and reads a file from many threads, overlapping, and knows what each block may hold.
//
//   stress FILE SECONDS THREADS [--until-error] [--verify-on IMAGE]
//
// Each line on standard input names what is being done to the disk from now on; at the end the
// longest I/O under each name is printed as JSON. Ends with 1 when a block held what it must not,
// or an I/O failed (with --until-error: that ends its thread). With --verify-on the blocks are read
// from there at the end.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "fd.h"
#include "mutex.h"
#include "system_error.h"

namespace {

using namespace scsimpath;
using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr std::size_t block_size = 4096;
constexpr std::size_t blocks = 256;  // few, so that many overlap
constexpr std::size_t most_blocks = 8;
constexpr std::int64_t in_flight = INT64_MAX;

std::int64_t now() {
  return Clock::now().time_since_epoch().count();
}

/// A write that a block has seen. It may show until another one, begun after its end, has ended.
struct Write {
  std::uint64_t number = 0;  ///< 0: what was there before
  std::int64_t begun = 0;
  std::int64_t ended = 0;
};

/// The last writes of a block. Those that are under way are kept: each has a thread, and there are
/// far fewer of those.
class History {
 public:
  void begin(std::uint64_t number) {
    const MutexLock lock(mutex_);
    while (writes_[next_ % writes_.size()].ended == in_flight) ++next_;
    Write& oldest = writes_[next_++ % writes_.size()];
    forgotten_ = std::max(forgotten_, oldest.ended);
    oldest = {number, now(), in_flight};
  }
  void end(std::uint64_t number) {
    const std::int64_t ended = now();
    const MutexLock lock(mutex_);
    for (Write& write : writes_) {
      if (write.number == number) write.ended = ended;
    }
  }
  /// Whether a read that began then may see it. Of one that is not kept it is known only that it
  /// ended before the last of those did: many go by while a reader waits for the CPU.
  bool may_show(std::uint64_t number, std::int64_t read_begun) {
    const MutexLock lock(mutex_);
    const auto* const seen = std::ranges::find(writes_, number, &Write::number);
    const bool known = number != 0 && seen != writes_.end();
    if (number != 0 && !known && forgotten_ == 0) return false;
    const std::int64_t ended = known ? seen->ended : forgotten_;
    return std::ranges::none_of(writes_, [&](const Write& write) {
      return write.number != 0 && write.begun > ended && write.ended < read_begun;
    });
  }

 private:
  Mutex mutex_;
  std::array<Write, 512> writes_ GUARDED_BY(mutex_){};
  std::size_t next_ GUARDED_BY(mutex_) = 0;
  std::int64_t forgotten_ GUARDED_BY(mutex_) = 0;  ///< when the last one not kept ended, 0: none
};

class Stress {
 public:
  Stress(Fd file, bool until_error) : file_(std::move(file)), until_error_(until_error) {}

  void run(unsigned seconds, unsigned threads) {
    end_ = now() + nanoseconds(std::chrono::seconds(seconds)).count();
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < threads; ++i) workers.emplace_back([this, i] { work(i); });
    std::jthread listener([this](const std::stop_token& stop) { listen(stop); });
    for (std::jthread& worker : workers) worker.join();
  }

  void verify(int file) {
    std::vector<std::uint64_t> block(block_size / sizeof(std::uint64_t));
    const std::int64_t begun = now();
    for (std::size_t i = 0; i < blocks; ++i) {
      if (::pread(file, block.data(), block_size, static_cast<off_t>(i * block_size)) !=
          static_cast<ssize_t>(block_size)) {
        return fail(fmt::format("block {} cannot be read: {}", i, error_text(errno)));
      }
      check(i, block.data(), begun);
    }
  }

  int report() {
    const MutexLock lock(mutex_);
    std::string text;
    for (const auto& [name, longest] : longest_) {
      text += fmt::format("{}\"{}\": {:.3f}", text.empty() ? "" : ", ", name,
                          static_cast<double>(longest) / 1e9);
    }
    fmt::print("{{\"operations\": {}, \"errors\": {}, \"longest\": {{{}}}}}\n", operations_.load(),
               errors_.load(), text);
    return failed_ ? 1 : 0;
  }

 private:
  void work(unsigned seed) {
    std::mt19937_64 random(seed);
    void* const memory = ::mmap(nullptr, most_blocks * block_size, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return fail("no memory");
    auto* const data = static_cast<std::uint64_t*>(memory);
    while (now() < end_ && !failed_) {
      const std::size_t count = 1 + random() % most_blocks;
      const std::size_t first = random() % (blocks - count + 1);
      const std::string before = label();
      const std::int64_t begun = now();
      bool good = false;
      if (const auto kind = random() % 100; kind < 55) {
        good = write(data, first, count);
      } else if (kind < 99) {
        good = read(data, first, count, begun);
      } else {
        good = ::fsync(file_.get()) == 0;
      }
      const std::int64_t took = now() - begun;
      ++operations_;
      note(before, took);
      note(label(), took);
      if (good) continue;
      ++errors_;
      if (until_error_) break;
      fail(fmt::format("an I/O of blocks {}+{} failed: {}", first, count, error_text(errno)));
    }
    ::munmap(memory, most_blocks * block_size);
  }

  bool write(std::uint64_t* data, std::size_t first, std::size_t count) {
    const std::uint64_t number = ++numbers_;
    for (std::size_t i = 0; i < count * block_size / sizeof(*data); ++i) {
      data[i] = number << 16U | (first + i / (block_size / sizeof(*data)));
    }
    for (std::size_t i = first; i < first + count; ++i) histories_[i].begin(number);
    const auto size = static_cast<ssize_t>(count * block_size);
    const off_t offset = static_cast<off_t>(first * block_size);
    if (::pwrite(file_.get(), data, count * block_size, offset) != size) return false;
    for (std::size_t i = first; i < first + count; ++i) histories_[i].end(number);
    return true;
  }

  bool read(std::uint64_t* data, std::size_t first, std::size_t count, std::int64_t begun) {
    const auto size = static_cast<ssize_t>(count * block_size);
    const off_t offset = static_cast<off_t>(first * block_size);
    if (::pread(file_.get(), data, count * block_size, offset) != size) return false;
    for (std::size_t i = 0; i < count; ++i) {
      check(first + i, data + i * block_size / sizeof(*data), begun);
    }
    return true;
  }

  void check(std::size_t block, const std::uint64_t* data, std::int64_t begun) {
    // Beside a write that is under way a read may see some of each.
    for (std::size_t i = 0; i < block_size / sizeof(*data); ++i) {
      if (i != 0 && data[i] == data[i - 1]) continue;
      const std::uint64_t number = data[i] >> 16U;
      if (number != 0 && (data[i] & 0xffffU) != block) {
        return fail(fmt::format("block {} holds another one's data", block));
      }
      if (!histories_[block].may_show(number, begun)) {
        return fail(
            fmt::format("block {} holds write {}, which others have replaced", block, number));
      }
    }
  }

  void listen(const std::stop_token& stop) {
    std::string text;
    pollfd input{STDIN_FILENO, POLLIN, 0};
    while (!stop.stop_requested()) {
      if (::poll(&input, 1, 100) <= 0) continue;
      char byte = 0;
      if (::read(STDIN_FILENO, &byte, 1) != 1) return;
      if (byte != '\n') {
        text += byte;
        continue;
      }
      const MutexLock lock(mutex_);
      label_ = std::exchange(text, {});
    }
  }

  std::string label() {
    const MutexLock lock(mutex_);
    return label_;
  }
  void note(const std::string& name, std::int64_t took) {
    const MutexLock lock(mutex_);
    std::int64_t& longest = longest_[name];
    longest = std::max(longest, took);
  }
  void fail(const std::string& what) {
    if (!failed_.exchange(true)) fmt::print(stderr, "{}\n", what);
  }

  const Fd file_;
  const bool until_error_;
  std::int64_t end_ = 0;
  std::array<History, blocks> histories_;
  std::atomic<std::uint64_t> numbers_{0};
  std::atomic<std::uint64_t> operations_{0};
  std::atomic<std::uint64_t> errors_{0};
  std::atomic<bool> failed_{false};
  Mutex mutex_;
  std::string label_ GUARDED_BY(mutex_) = "none";
  std::map<std::string, std::int64_t> longest_ GUARDED_BY(mutex_);
};

}  // namespace

int main(int count, char** words) {
  if (count < 4) {
    fmt::print(stderr, "usage: stress FILE SECONDS THREADS [--until-error] [--verify-on IMAGE]\n");
    return 2;
  }
  bool until_error = false;
  std::string image;
  for (int i = 4; i < count; ++i) {
    if (std::strcmp(words[i], "--until-error") == 0) until_error = true;
    if (std::strcmp(words[i], "--verify-on") == 0 && i + 1 < count) image = words[++i];
  }
  Fd file(::open(words[1], O_RDWR | O_DIRECT | O_CLOEXEC));
  if (!file) {
    fmt::print(stderr, "{}: {}\n", words[1], error_text(errno));
    return 2;
  }
  const int descriptor = file.get();
  const auto stress = std::make_unique<Stress>(std::move(file), until_error);
  stress->run(static_cast<unsigned>(std::atoi(words[2])),
              static_cast<unsigned>(std::atoi(words[3])));
  if (image.empty()) {
    stress->verify(descriptor);
  } else if (const Fd stored(::open(image.c_str(), O_RDONLY | O_CLOEXEC)); stored) {
    stress->verify(stored.get());
  } else {
    fmt::print(stderr, "{}: {}\n", image, error_text(errno));
    return 2;
  }
  return stress->report();
}
