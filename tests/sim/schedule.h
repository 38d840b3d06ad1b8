// SPDX-License-Identifier: LGPL-2.1-or-later
// What happens in a run: the machine, its disk, and everything that users, administrators and the
// fabric do. A run follows from its schedule alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "scsimpath/head_settings.h"
#include "scsimpath/path.h"

namespace scsimpath::sim {

enum class Kind : std::uint8_t {
  // Users: `a` is the offset in bytes, `b` the length.
  write,  ///< `c`: 1 with FUA, 2 without waiting
  read,   ///< `c`: 2 without waiting
  flush,
  zero,
  discard,
  seek_data,
  cancel,  ///< `a`: the number of the request
  // The fabric. `subject` is a path.
  link_down,
  link_up,
  hang,        ///< takes commands and does not answer
  release,     ///< ends the hang; `a`: percent of what it holds that is executed
  slow,        ///< `a`: µs that an answer takes at most
  answer,      ///< the next `b` commands end with row `a`; `c`: see Answering
  other_disk,  ///< another LUN is behind the path
  no_disk,     ///< none is
  own_disk,
  tell_size,  ///< the path tells of `a` blocks
  attention,  ///< unit attention, ASC `a`, ASCQ `b`
  // The array.
  access,      ///< port group `subject` takes access state `a`; `b`: it is told
  grow,        ///< to `a` blocks; each path tells of it at its own time
  power_loss,  ///< the volatile cache is gone
  other_host,  ///< writes block `a`
  // The administrator.
  take_out,         ///< path `subject`
  bring_back,       ///< path `subject`
  remove,           ///< path `subject`
  add,              ///< path `subject`, removed before
  recheck,          ///< path `subject`; `a`: with its identity
  policy,           ///< `a`
  no_path_timeout,  ///< `a`: ms, `never` for `queue`
  io_timeout,       ///< `a`: ms
  ghost_timeout,    ///< `a`: ms, `never` for `queue`
  exclusive,        ///< `a`
  unmount,
  // Discovery, beside remove and add.
  let_write,  ///< the commands of an earlier process are back
  distrust,   ///< those of path `subject` are not
};

/// What an injected answer is for and whether the device did what it was told before it answered
/// so.
enum class Answering : std::uint8_t { io, io_done, reads, writes, writes_done, checks, all };

constexpr std::uint64_t never = ~std::uint64_t{0};

struct Step {
  Duration at{};
  Kind kind{};
  unsigned subject = 0;
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::uint64_t c = 0;
};

/// How a path's commands come back, and what an abort does.
struct PathPlan {
  bool answers_inline = true;  ///< as far as nothing delays it
  bool may_block = false;
  enum class Abort : std::uint8_t { exact, late, ignored } abort = Abort::exact;
  unsigned group = 0;
  AccessState access = AccessState::optimized;
  unsigned room = 0;  ///< for so many commands at once, beyond it TASK SET FULL; 0: for any number
};

struct Schedule {
  std::uint64_t seed = 1;  ///< of the interleavings
  HeadSettings settings;
  std::vector<PathPlan> paths;
  std::uint64_t blocks = 48;
  std::uint32_t max_transfer_blocks = 0;
  std::size_t max_clones = 4096;
  bool thin = false;
  bool unmap_ignores = false;  ///< UNMAP is good and does nothing
  bool shared = false;         ///< another host writes too
  bool lets_go = false;        ///< nobody has the file open who does not just use it
  bool explicit_alua = false;  ///< one group is active at a time, and the disk can be asked for it
  bool commands_left = false;  ///< by an earlier process: writes wait for `let_write`
  std::vector<Step> steps;
};

constexpr std::uint32_t block_size = 512;

/// A random one.
[[nodiscard]] Schedule generate(std::uint64_t seed);

/// A line for people.
[[nodiscard]] std::string describe(const Step& step);
/// C++ that makes it, to be pasted into a test.
[[nodiscard]] std::string to_source(const Schedule& schedule);

}  // namespace scsimpath::sim
