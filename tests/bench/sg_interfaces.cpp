// SPDX-License-Identifier: LGPL-2.1-or-later
// Which of the kernel's ways carries a SCSI command fastest: SG_IO on the block node and on bsg, a
// thread for each command, or sg's write() and read() by one thread.
//   sg_interfaces SG-NODE BLOCK-NODE BSG-NODE [MILLISECONDS]
// Random READ(10)s of a disk of 64 MiB; prints IOPS, and ratios to SG_IO on the block node.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/bsg.h>
#include <poll.h>
#include <scsi/sg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t disk_size = 64U << 20U;
constexpr std::size_t block_size = 512;

[[noreturn]] void give_up(const std::string& what) {
  std::perror(what.c_str());
  std::exit(EXIT_FAILURE);
}

int open_node(const std::string& node) {
  const int fd = ::open(node.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) give_up(node);
  return fd;
}

/// A command with its data, whose address is random each time.
class Read {
 public:
  explicit Read(std::size_t size)
      : data_(static_cast<std::uint8_t*>(std::aligned_alloc(4096, size))), size_(size) {}
  ~Read() { std::free(data_); }
  Read(const Read&) = delete;
  Read& operator=(const Read&) = delete;

  void aim() {
    const auto lba =
        static_cast<std::uint32_t>(random_() % (disk_size / size_) * (size_ / block_size));
    const auto blocks = static_cast<std::uint16_t>(size_ / block_size);
    cdb_ = {0x28,
            0,
            static_cast<std::uint8_t>(lba >> 24U),
            static_cast<std::uint8_t>(lba >> 16U),
            static_cast<std::uint8_t>(lba >> 8U),
            static_cast<std::uint8_t>(lba),
            0,
            static_cast<std::uint8_t>(blocks >> 8U),
            static_cast<std::uint8_t>(blocks),
            0};
  }

  [[nodiscard]] sg_io_hdr_t version_3(int number = 0) {
    sg_io_hdr_t header{};
    header.interface_id = 'S';
    header.dxfer_direction = SG_DXFER_FROM_DEV;
    header.cmd_len = static_cast<unsigned char>(cdb_.size());
    header.cmdp = cdb_.data();
    header.dxferp = data_;
    header.dxfer_len = static_cast<unsigned>(size_);
    header.sbp = sense_.data();
    header.mx_sb_len = static_cast<unsigned char>(sense_.size());
    header.timeout = 60000;
    header.pack_id = number;
    header.flags = SG_FLAG_DIRECT_IO;
    return header;
  }

  [[nodiscard]] sg_io_v4 version_4() {
    sg_io_v4 header{};
    header.guard = 'Q';
    header.request_len = static_cast<std::uint32_t>(cdb_.size());
    header.request = reinterpret_cast<std::uint64_t>(cdb_.data());
    header.din_xferp = reinterpret_cast<std::uint64_t>(data_);
    header.din_xfer_len = static_cast<std::uint32_t>(size_);
    header.response = reinterpret_cast<std::uint64_t>(sense_.data());
    header.max_response_len = static_cast<std::uint32_t>(sense_.size());
    header.timeout = 60000;
    return header;
  }

 private:
  std::uint8_t* const data_;
  const std::size_t size_;
  std::array<std::uint8_t, 10> cdb_{};
  std::array<std::uint8_t, 96> sense_{};
  std::minstd_rand random_{std::random_device{}()};
};

/// `one` carries a command to its end; as many threads as commands at once.
double by_threads(unsigned depth, std::size_t size, std::chrono::milliseconds time,
                  const std::function<void(Read&)>& one) {
  std::atomic<std::uint64_t> count{0};
  const auto begin = Clock::now();
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < depth; ++i) {
    threads.emplace_back([&] {
      Read read(size);
      std::uint64_t own = 0;
      for (; Clock::now() - begin < time; ++own) {
        read.aim();
        one(read);
      }
      count += own;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(count) / std::chrono::duration<double>(Clock::now() - begin).count();
}

double by_write_and_read(int fd, unsigned depth, std::size_t size, std::chrono::milliseconds time) {
  std::vector<std::unique_ptr<Read>> reads;
  const auto send = [&](int number) {
    Read& read = *reads[static_cast<std::size_t>(number)];
    read.aim();
    const sg_io_hdr_t header = read.version_3(number);
    if (::write(fd, &header, sizeof(header)) < 0) give_up("write");
  };
  const auto take_back = [&] {
    pollfd waiting{fd, POLLIN, 0};
    (void)::poll(&waiting, 1, -1);
    sg_io_hdr_t header{};
    header.interface_id = 'S';
    header.pack_id = -1;
    if (::read(fd, &header, sizeof(header)) < 0 || header.status != 0) give_up("read");
    return header.pack_id;
  };
  for (unsigned i = 0; i < depth; ++i) reads.push_back(std::make_unique<Read>(size));
  const auto begin = Clock::now();
  std::uint64_t count = 0;
  for (unsigned i = 0; i < depth; ++i) send(static_cast<int>(i));
  for (; Clock::now() - begin < time; ++count) send(take_back());
  const auto took = Clock::now() - begin;
  for (unsigned i = 0; i < depth; ++i) (void)take_back();
  return static_cast<double>(count) / std::chrono::duration<double>(took).count();
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 3) {
    (void)std::fputs("usage: sg_interfaces SG-NODE BLOCK-NODE BSG-NODE [MILLISECONDS]\n", stderr);
    return 2;
  }
  const int sg = open_node(arguments[0]);
  const int block = open_node(arguments[1]);
  const int bsg = open_node(arguments[2]);
  const std::chrono::milliseconds time(arguments.size() > 3 ? std::stoi(arguments[3]) : 300);
  fmt::print("{:<8} {:>5} {:>12} {:>8} {:>6} {:>8} {:>6}\n", "READ", "depth", "block SG_IO", "bsg",
             "ratio", "sg w/r", "ratio");
  for (const std::size_t size : {std::size_t{4} << 10U, std::size_t{128} << 10U}) {
    for (const unsigned depth : {1U, 16U}) {
      const double by_block = by_threads(depth, size, time, [&](Read& read) {
        sg_io_hdr_t header = read.version_3();
        if (::ioctl(block, SG_IO, &header) != 0 || header.status != 0) give_up("SG_IO");
      });
      const double by_bsg = by_threads(depth, size, time, [&](Read& read) {
        sg_io_v4 header = read.version_4();
        if (::ioctl(bsg, SG_IO, &header) != 0 || header.device_status != 0) give_up("bsg");
      });
      const double by_sg = by_write_and_read(sg, depth, size, time);
      fmt::print("{:<8} {:>5} {:>12.0f} {:>8.0f} {:>6.2f} {:>8.0f} {:>6.2f}\n",
                 fmt::format("{}k", size >> 10U), depth, by_block, by_bsg, by_bsg / by_block, by_sg,
                 by_sg / by_block);
    }
  }
}
