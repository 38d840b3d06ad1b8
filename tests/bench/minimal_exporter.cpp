// SPDX-License-Identifier: LGPL-2.1-or-later
// The least a FUSE program can do to export an image as one file: the benchmark's yardstick.
#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

namespace {

constexpr fuse_ino_t image_inode = 2;
constexpr char image_name[] = "image";
constexpr double forever = 1e9;
constexpr std::size_t max_io = 1 << 20;
// Two headers precede the payload of a WRITE; starting this much before a page aligns it.
constexpr std::size_t headers = 80;
constexpr std::size_t page = 4096;

int image_fd = -1;
struct stat image_stat {};

bool attributes(fuse_ino_t inode, struct stat& out) {
  out = {};
  out.st_ino = inode;
  if (inode == FUSE_ROOT_ID) {
    out.st_mode = S_IFDIR | 0755;
    out.st_nlink = 2;
    return true;
  }
  if (inode != image_inode) return false;
  out.st_mode = S_IFREG | 0600;
  out.st_nlink = 1;
  out.st_size = image_stat.st_size;
  return true;
}

void init(void*, fuse_conn_info* connection) {
  connection->max_background = 0xffff;
  connection->congestion_threshold = 0xffff;
  connection->max_write = max_io;
  connection->max_readahead = 0;
  connection->want |= connection->capable & FUSE_CAP_ASYNC_DIO;
}

void lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
  if (parent != FUSE_ROOT_ID || std::strcmp(name, image_name) != 0) {
    fuse_reply_err(request, ENOENT);
    return;
  }
  fuse_entry_param entry{};
  entry.ino = image_inode;
  entry.attr_timeout = entry.entry_timeout = forever;
  attributes(image_inode, entry.attr);
  fuse_reply_entry(request, &entry);
}

void getattr(fuse_req_t request, fuse_ino_t inode, fuse_file_info*) {
  struct stat out {};
  if (attributes(inode, out)) {
    fuse_reply_attr(request, &out, forever);
  } else {
    fuse_reply_err(request, ENOENT);
  }
}

void open_image(fuse_req_t request, fuse_ino_t inode, fuse_file_info*) {
  if (inode != image_inode) {
    fuse_reply_err(request, EISDIR);
    return;
  }
  // libfuse 3.14 has no field for parallel direct writes: the kernel's own structure has.
  fuse_open_out out{};
  out.open_flags = FOPEN_DIRECT_IO | FOPEN_KEEP_CACHE | FOPEN_PARALLEL_DIRECT_WRITES;
  fuse_reply_buf(request, reinterpret_cast<const char*>(&out), sizeof out);
}

char* read_buffer() {
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  thread_local const std::unique_ptr<void, Free> buffer{std::aligned_alloc(page, max_io)};
  return static_cast<char*>(buffer.get());
}

void read_image(fuse_req_t request, fuse_ino_t, std::size_t size, off_t offset, fuse_file_info*) {
  char* buffer = read_buffer();
  const auto got = pread(image_fd, buffer, std::min(size, max_io), offset);
  if (got < 0) {
    fuse_reply_err(request, errno);
  } else {
    fuse_reply_buf(request, buffer, static_cast<std::size_t>(got));
  }
}

void write_image(fuse_req_t request, fuse_ino_t, const char* data, std::size_t size, off_t offset,
                 fuse_file_info*) {
  const auto put = pwrite(image_fd, data, size, offset);
  if (put < 0) {
    fuse_reply_err(request, errno);
  } else {
    fuse_reply_write(request, static_cast<std::size_t>(put));
  }
}

void fsync_image(fuse_req_t request, fuse_ino_t, int, fuse_file_info*) {
  fuse_reply_err(request, fdatasync(image_fd) < 0 ? errno : 0);
}

void work(fuse_session* session) {
  const std::size_t room = max_io + page;
  void* memory = std::aligned_alloc(page, room + page);
  if (memory == nullptr) return;
  fuse_buf buffer{};
  buffer.mem = static_cast<char*>(memory) + page - headers;
  buffer.size = room;
  while (fuse_session_exited(session) == 0) {
    const int got = fuse_session_receive_buf(session, &buffer);
    if (got == -EINTR) continue;
    if (got <= 0) break;
    fuse_session_process_buf(session, &buffer);
    buffer.size = room;
  }
  fuse_session_exit(session);
  std::free(memory);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s IMAGE MOUNTPOINT\n", argv[0]);
    return 2;
  }
  image_fd = open(argv[1], O_RDWR | O_CLOEXEC);
  if (image_fd < 0 || fstat(image_fd, &image_stat) < 0) {
    std::perror(argv[1]);
    return 1;
  }
  fuse_lowlevel_ops operations{};
  operations.init = init;
  operations.lookup = lookup;
  operations.getattr = getattr;
  operations.open = open_image;
  operations.read = read_image;
  operations.write = write_image;
  operations.fsync = fsync_image;

  char* words[] = {argv[0], nullptr};
  fuse_args arguments = FUSE_ARGS_INIT(1, words);
  fuse_session* session = fuse_session_new(&arguments, &operations, sizeof operations, nullptr);
  if (session == nullptr || fuse_set_signal_handlers(session) != 0 ||
      fuse_session_mount(session, argv[2]) != 0) {
    return 1;
  }
  {
    const std::jthread second(work, session);
    work(session);
  }
  fuse_session_unmount(session);
  fuse_remove_signal_handlers(session);
  fuse_session_destroy(session);
  return 0;
}
