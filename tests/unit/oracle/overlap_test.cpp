// SPDX-License-Identifier: LGPL-2.1-or-later
// Many threads write overlapping and adjacent ranges of any alignment on an emulated disk, on the
// real threads and clock, while paths fail; what the bytes hold must follow from some order.
#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <future>
#include <latch>
#include <random>
#include <thread>
#include <vector>

#include "control_thread.h"
#include "event_recorder.h"
#include "mutex.h"
#include "open_disk.h"
#include "scsimpath/registry.h"
#include "steady_clock.h"
#include "temporary_folder.h"
#include "worker_pool.h"

using namespace scsimpath;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t area = 12 * 1024;
constexpr unsigned threads = 8;
constexpr unsigned writes_each = 24;
constexpr unsigned rounds = 40;
static_assert(threads * writes_each < 256, "a write is known by the value of its bytes");

/// A request that its thread waits for.
struct Waited : Request {
  Waited() {
    done = [](Request& request) noexcept {
      auto& self = static_cast<Waited&>(request);
      const MutexLock lock(self.mutex);
      self.is_done = true;
      self.changed.notify_one();
    };
  }
  void run(Head& head) {
    {
      const MutexLock lock(mutex);
      is_done = false;
    }
    head.submit(*this);
    MutexLock lock(mutex);
    while (!is_done) changed.wait(lock);
  }
  Mutex mutex;
  CondVar changed;
  bool is_done GUARDED_BY(mutex) = false;
};

class World {
 public:
  explicit World(std::uint32_t block_size) {
    auto opened = emulated::open_disk({.image = (folder_.path() / "disk.img").string(),
                                       .size = 1U << 20,
                                       .paths = 3,
                                       .block_size = block_size},
                                      runtime_);
    BOOST_REQUIRE(opened.has_value());
    for (auto& path : opened->paths) {
      ports_.push_back(path.get());
      std::promise<Result<std::shared_ptr<Head>>> answer;
      registry_.add(std::move(path), [&](auto given) { answer.set_value(std::move(given)); });
      auto joined = answer.get_future().get();
      BOOST_REQUIRE(joined.has_value());
      head_ = *joined;
    }
  }
  ~World() {
    head_.reset();
    registry_.stop_holding();
    std::latch closed(1);
    registry_.close([&] { closed.count_down(); });
    closed.wait();
    control_.stop();
    workers_.stop();
  }
  [[nodiscard]] Head& head() { return *head_; }
  void fault(std::size_t port, const char* specification) {
    BOOST_REQUIRE(ports_[port]->faults()->set_fault(specification).has_value());
  }
  std::vector<std::uint8_t> read() {
    std::vector<std::uint8_t> bytes(area);
    Waited request;
    request.operation = Operation::read;
    request.data = bytes;
    request.run(*head_);
    BOOST_REQUIRE((request.error == IoError::none));
    return bytes;
  }

 private:
  test::TemporaryFolder folder_;
  SteadyClock clock_;
  WorkerPool workers_{4};
  ControlThread control_;
  Runtime runtime_{clock_, control_, control_, workers_};
  test::EventRecorder events_;
  std::vector<Transport*> ports_;
  Registry registry_{{.runtime = runtime_,
                      .events = events_,
                      .profile =
                          [](std::string_view) {
                            HeadProfile profile;
                            profile.settings.iopolicy = IoPolicy::round_robin;
                            profile.settings.checker_interval = 100ms;
                            return profile;
                          },
                      .observer = nullptr}};
  std::shared_ptr<Head> head_;
};

struct Write {
  std::uint8_t value = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::uint64_t started = 0;  ///< by one clock that only counts
  std::uint64_t ended = 0;
  IoError error = IoError::none;

  [[nodiscard]] bool covers(std::size_t at) const noexcept { return begin <= at && at < end; }
};

void write_all(World& world, std::vector<Write>& writes, std::atomic<std::uint64_t>& ticks) {
  std::latch start(threads);
  std::vector<std::thread> crew;
  for (unsigned number = 0; number < threads; ++number) {
    crew.emplace_back([&, number] {
      std::vector<std::uint8_t> bytes(area);
      start.arrive_and_wait();
      for (unsigned i = 0; i < writes_each; ++i) {
        Write& write = writes[number * writes_each + i];
        Waited request;
        const std::size_t length = write.end - write.begin;
        request.offset = write.begin;
        if (write.value == 0) {
          request.operation = Operation::discard;
          request.length = length;
        } else {
          std::fill_n(bytes.begin(), length, write.value);
          request.operation = Operation::write;
          request.data = Bytes(bytes).first(length);
        }
        write.started = ticks.fetch_add(1);
        request.run(world.head());
        write.ended = ticks.fetch_add(1);
        write.error = request.error;
      }
    });
  }
  for (std::thread& thread : crew) thread.join();
}

/// Why the bytes can't be; empty when they can.
std::string judge(const std::vector<Write>& writes, const std::vector<std::uint8_t>& before,
                  const std::vector<std::uint8_t>& after) {
  const auto who = [&](std::size_t at) -> const Write* {
    for (const Write& write : writes) {
      if (write.covers(at) && write.value == after[at]) return &write;
    }
    return nullptr;
  };
  // By pair, which of them came later where both were: 1 the first, 2 the second.
  std::vector<std::uint8_t> later(writes.size() * writes.size());
  for (std::size_t at = 0; at < area; ++at) {
    const bool written = std::ranges::any_of(writes, [&](auto& write) { return write.covers(at); });
    if (!written) {
      if (after[at] != before[at]) return "byte " + std::to_string(at) + " changed by itself";
      continue;
    }
    const Write* const winner = who(at);
    if (winner == nullptr) return "byte " + std::to_string(at) + " is of no write";
    for (const Write& other : writes) {
      if (&other == winner || !other.covers(at)) continue;
      if (winner->ended < other.started) {
        return "byte " + std::to_string(at) + " is of an older write";
      }
      const auto first = static_cast<std::size_t>(winner - writes.data());
      const auto second = static_cast<std::size_t>(&other - writes.data());
      later[first * writes.size() + second] = 1;
      if (later[second * writes.size() + first] != 0) {
        return "two writes are mixed at byte " + std::to_string(at);
      }
    }
  }
  return {};
}

void exercise(std::uint32_t block_size, bool with_faults) {
  World world(block_size);
  std::mt19937 random(block_size + (with_faults ? 1 : 0));
  std::atomic<std::uint64_t> ticks{0};
  std::vector<std::uint8_t> before = world.read();
  for (unsigned round = 0; round < rounds; ++round) {
    if (with_faults) {
      // The third path always works.
      const char* const faults[] = {"none",
                                    "delay=1",
                                    "offline,every=7",
                                    "short=100,every=3",
                                    "sense=6/29/00,every=11",
                                    "host=0x0e,every=2"};
      world.fault(0, faults[random() % std::size(faults)]);
      world.fault(1, faults[random() % std::size(faults)]);
    }
    std::vector<Write> writes(threads * writes_each);
    for (std::size_t i = 0; i < writes.size(); ++i) {
      writes[i].value = static_cast<std::uint8_t>(i == 5 ? 0 : i + 1);  // one discard a round
      writes[i].begin = random() % area;
      const std::size_t length = 1 + random() % (random() % 3 == 0 ? 5000 : 700);
      writes[i].end = std::min(area, writes[i].begin + length);
    }
    write_all(world, writes, ticks);
    for (const Write& write : writes) BOOST_TEST_REQUIRE((write.error == IoError::none));
    const std::vector<std::uint8_t> after = world.read();
    BOOST_TEST_REQUIRE(judge(writes, before, after) == "");
    before = after;
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(oracle)

BOOST_AUTO_TEST_CASE(it_finds_what_cannot_be) {
  const std::vector<std::uint8_t> before(area);
  auto after = before;
  const std::vector<Write> writes{{1, 0, 100, 0, 1}, {2, 50, 150, 2, 3}, {3, 60, 90, 2, 4}};
  std::fill_n(after.begin(), 50, std::uint8_t{1});
  std::fill_n(after.begin() + 50, 100, std::uint8_t{2});
  std::fill_n(after.begin() + 60, 30, std::uint8_t{3});
  BOOST_TEST(judge(writes, before, after) == "");
  auto bad = after;
  bad[200] = 1;
  BOOST_TEST(judge(writes, before, bad) == "byte 200 changed by itself");
  bad = after;
  bad[10] = 7;
  BOOST_TEST(judge(writes, before, bad) == "byte 10 is of no write");
  bad = after;
  bad[55] = 1;
  BOOST_TEST(judge(writes, before, bad) == "byte 55 is of an older write");
  bad = after;
  bad[70] = 2;
  BOOST_TEST(judge(writes, before, bad) == "two writes are mixed at byte 70");
}

BOOST_AUTO_TEST_CASE(blocks_of_512_bytes) {
  exercise(512, false);
}
BOOST_AUTO_TEST_CASE(blocks_of_4096_bytes) {
  exercise(4096, false);
}
BOOST_AUTO_TEST_CASE(blocks_of_512_bytes_while_paths_fail) {
  exercise(512, true);
}
BOOST_AUTO_TEST_CASE(blocks_of_4096_bytes_while_paths_fail) {
  exercise(4096, true);
}

BOOST_AUTO_TEST_SUITE_END()
