// SPDX-License-Identifier: LGPL-2.1-or-later
// Preloaded into a program of sg3-utils: its SG_IO on any descriptor is answered by a file, so that
// programs which read nothing but devices decode an answer of ours.
#include <fcntl.h>
#include <scsi/sg.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>

extern "C" int ioctl(int fd, unsigned long request, ...) noexcept {
  std::va_list rest;
  va_start(rest, request);
  void* argument = va_arg(rest, void*);
  va_end(rest);
  if (request != SG_IO) {
    errno = ENOTTY;
    return -1;
  }
  auto& header = *static_cast<sg_io_hdr*>(argument);
  const int answer = ::open(std::getenv("SG_ANSWER"), O_RDONLY | O_CLOEXEC);
  const ssize_t got = ::read(answer, header.dxferp, header.dxfer_len);
  ::close(answer);
  if (got < 0) return -1;
  header.status = 0;
  header.host_status = 0;
  header.driver_status = 0;
  header.sb_len_wr = 0;
  header.resid = static_cast<int>(header.dxfer_len - static_cast<std::size_t>(got));
  static_cast<void>(fd);
  return 0;
}
