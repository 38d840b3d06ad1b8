// SPDX-License-Identifier: LGPL-2.1-or-later
// The rules.
#include "oracle.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "answers.h"
#include "opcode.h"
#include "outcome.h"
#include "path_state.h"

namespace scsimpath::sim {

using namespace std::chrono_literals;

namespace {

/// More than the retries of a command on one path take, and what it takes to answer.
constexpr Duration retries_last = 2s;
/// Of all commands of a request, many times as many as are ever needed.
constexpr unsigned most_attempts = 2000;

/// Every eight bytes tell who wrote them, and where.
void stamp(Bytes bytes, std::uint64_t offset, unsigned number) noexcept {
  constexpr std::size_t size = sizeof(std::uint64_t);
  const auto word = [&](std::uint64_t at) { return (at / size) << 32U | (number + 1); };
  std::size_t i = std::min<std::size_t>((size - offset % size) % size, bytes.size());
  const std::uint64_t first = word(offset) >> (8 * (offset % size));
  std::memcpy(bytes.data(), &first, i);
  for (; i + size <= bytes.size(); i += size) {
    const std::uint64_t whole = word(offset + i);
    std::memcpy(bytes.data() + i, &whole, size);
  }
  const std::uint64_t last = word(offset + i);
  std::memcpy(bytes.data() + i, &last, bytes.size() - i);
}

Operation operation_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::write:
      return Operation::write;
    case Kind::flush:
      return Operation::flush;
    case Kind::zero:
      return Operation::zero;
    case Kind::discard:
      return Operation::discard;
    case Kind::seek_data:
      return Operation::seek_data;
    default:
      return Operation::read;
  }
}

std::string_view name_of(Operation operation) noexcept {
  switch (operation) {
    case Operation::read:
      return "read";
    case Operation::write:
      return "write";
    case Operation::flush:
      return "flush";
    case Operation::zero:
      return "zero";
    case Operation::discard:
      return "discard";
    case Operation::seek_data:
    case Operation::seek_hole:
      return "seek";
  }
  return "?";
}

bool overlap(const Attempt& a, const Attempt& b) noexcept {
  return a.first < b.end && b.first < a.end;
}

}  // namespace

SimRequest::SimRequest(unsigned own_number, const Step& step, std::pmr::memory_resource& memory)
    : number(own_number), buffer(&memory), seen(&memory), before(&memory) {
  operation = operation_of(step.kind);
  fua = operation == Operation::write && step.c == 1;
  no_wait = step.c == 2;
  offset = operation == Operation::flush ? 0 : step.a;
  if (operation == Operation::read || operation == Operation::write) {
    buffer.resize(step.b, 0xee);
    data = buffer;
  }
  if (zeroes()) length = step.b;
  if (operation == Operation::write) stamp(buffer, offset, number);
  done = [](Request& request) noexcept {
    auto& self = static_cast<SimRequest&>(request);
    self.oracle->done(self);
  };
  replace_data = [](Request& request) noexcept {
    auto& self = static_cast<SimRequest&>(request);
    self.kept.push_back(std::move(self.buffer));
    self.buffer = Buffer(self.kept.back().size(), 0xee, self.kept.back().get_allocator());
    self.data = Bytes(self.buffer).first(self.data.size());
    return true;
  };
  keep_data = [](Request& request) noexcept { ++static_cast<SimRequest&>(request).kept_data; };
  data_returned = [](Request& request) noexcept { ++static_cast<SimRequest&>(request).returned; };
}

std::vector<std::string> Coverage::gaps() const {
  std::vector<std::string> missing;
  const auto check = [&](std::uint64_t count, const std::string& what) {
    if (count == 0) missing.push_back(what);
  };
  for (std::size_t row = 0; row < answer_rows().size(); ++row) {
    check(row < rows.size() ? rows[row] : 0, "answer " + answer_rows()[row].name);
  }
  for (std::size_t from = 0; from < path_states; ++from) {
    const auto before = static_cast<PathState>(from);
    for (auto input = PathInput::io_failed; input <= PathInput::brought_back;
         input = static_cast<PathInput>(static_cast<int>(input) + 1)) {
      const PathState after = next_state(before, input);
      if (after == before) continue;
      check(transitions[from][static_cast<std::size_t>(after)],
            fmt::format("a path from {} to {}", to_string(before), to_string(after)));
    }
  }
  check(under_way, "a master under way");
  check(completed, "a master completed inside its submission");
  check(requeued, "a master requeued");
  check(failed, "a master that failed before it was sent");
  for (int kind = 0; kind <= static_cast<int>(EventKind::space_threshold); ++kind) {
    const auto each = static_cast<EventKind>(kind);
    check(events.contains(each) ? events.at(each) : 0, fmt::format("event {}", to_string(each)));
  }
  return missing;
}

void Coverage::add(const Coverage& other) {
  rows.resize(std::max(rows.size(), other.rows.size()));
  for (std::size_t i = 0; i < other.rows.size(); ++i) rows[i] += other.rows[i];
  requests += other.requests;
  attempts += other.attempts;
  errors += other.errors;
  under_way += other.under_way;
  completed += other.completed;
  requeued += other.requeued;
  failed += other.failed;
  for (std::size_t from = 0; from < path_states; ++from) {
    for (std::size_t to = 0; to < path_states; ++to) {
      transitions[from][to] += other.transitions[from][to];
    }
  }
  for (const auto& [kind, count] : other.events) events[kind] += count;
}

Oracle::Oracle(const Schedule& schedule, SimRuntime& runtime, Disk& disk, bool tells_story)
    : paths_(schedule.paths.size()),
      few_clones_(schedule.max_clones < 100),
      first_blocks_(schedule.blocks),
      runtime_(runtime),
      disk_(disk),
      tells_story_(tells_story),
      begin_(runtime.now()) {
  coverage_.rows.resize(answer_rows().size());
  set_settings(schedule.settings);
}

void Oracle::set_settings(const HeadSettings& settings) {
  settings_ = settings;
  always_exclusive_ = always_exclusive_ && settings.exclusive;
  longest_io_timeout_ = std::max(longest_io_timeout_, settings.io_timeout);
  shortest_io_timeout_ = std::min(shortest_io_timeout_, settings.io_timeout);
  shortest_no_path_timeout_ = std::min(shortest_no_path_timeout_, settings.no_path_timeout);
  longest_ghost_timeout_ = std::max(longest_ghost_timeout_, settings.ghost_timeout);
  shortest_ghost_timeout_ = std::min(shortest_ghost_timeout_, settings.ghost_timeout);
}

void Oracle::writes_may_go() noexcept {
  if (std::exchange(writes_wait_, false)) writes_go_since_ = runtime_.now();
}

void Oracle::tell(const std::string& what) {
  if (!tells_story_) return;
  const double at = std::chrono::duration<double>(runtime_.now() - begin_).count();
  story_.push_back(fmt::format("{:10.6f}  {}", at, what));
}

void Oracle::fail(const std::string& what) {
  tell("FAILED: " + what);
  if (failure_.empty()) failure_ = what;
}

std::string Oracle::name(const SimRequest& request) const {
  return fmt::format("{} {} of {}+{}", name_of(request.operation), request.number, request.offset,
                     request.bytes());
}

SimRequest* Oracle::ours(const Request* request) noexcept {
  // The head has requests of its own.
  if (request == nullptr || request->replace_data == nullptr) return nullptr;
  return const_cast<SimRequest*>(static_cast<const SimRequest*>(request));
}

void Oracle::happened(const Event& event) {
  if (event.kind == EventKind::paths_back) paths_back_at_ = runtime_.now();
  ++coverage_.events[event.kind];
  if (tells_story_) {
    tell(fmt::format("event {} {} {}", to_string(event.kind), event.path, event.reason));
  }
  if (event.kind == EventKind::path_added) states_[event.path] = PathState::unknown;
  if (!event.state) return;
  PathState& state = states_[event.path];
  ++coverage_.transitions[static_cast<std::size_t>(state)][static_cast<std::size_t>(*event.state)];
  state = *event.state;
}

void Oracle::sent(const Attempt& attempt) {
  SimRequest* const request = ours(attempt.request);
  if (request == nullptr) return;
  ++coverage_.attempts;
  ++request->attempts;
  if (tells_story_) {
    tell(fmt::format("{} goes down {} (opcode {:02x})", name(*request), attempt.path.name(),
                     attempt.command->cdb.bytes[0]));
  }
  if (request->attempts > most_attempts) fail(name(*request) + " is sent again without end");
  if (request->times_done != 0) fail(name(*request) + " is sent after it has ended");
  if (completing_ != 0) fail(name(*request) + " is sent inside the completion of a command");
  if (request->changes_blocks() && request->first_sent == 0) {
    request->first_sent = disk_.tick();
    const auto& all = disk_.unit().data;
    const std::size_t end = std::min<std::size_t>(request->end_block() * block_size, all.size());
    const std::size_t begin = std::min<std::size_t>(request->first_block() * block_size, end);
    request->before.assign(all.begin() + static_cast<std::ptrdiff_t>(begin),
                           all.begin() + static_cast<std::ptrdiff_t>(end));
  }
  if (!attempt.changes_blocks()) return;
  if (writes_wait_ || !attempt.path.carries_writes()) {
    fail(name(*request) + " is sent while a command of an earlier process may yet be executed");
  }
  for (const Attempt* other : alive_) {
    if (other->request == attempt.request || !overlap(*other, attempt)) continue;
    fail(name(*request) + " is sent while a write of the same blocks may yet be executed");
  }
  alive_.push_back(&attempt);
  request->changing.push_back(&attempt);
}

void Oracle::answered(const Attempt& attempt, std::uint64_t row) {
  if (attempt.request != nullptr) ++coverage_.rows[row];
  const test::Answer& answer = answer_rows()[row].answer;
  was_disconnected_ = was_disconnected_ || (answer.key == 5 && answer.asc == 0x25);
  if (tells_story_) {
    tell(fmt::format("{} will answer {}", attempt.path.name(), answer_rows()[row].name));
  }
}

/// Rule g: of an acknowledged write nothing may be executed any more. Where no other host writes a
/// later write of the same blocks must have been sent first, which `sent` refuses.
void Oracle::executes(const Attempt& attempt) {
  const SimRequest* const request = ours(attempt.request);
  if (request == nullptr || !attempt.changes_blocks()) return;
  const bool acknowledged = request->times_done != 0 && request->error == IoError::none;
  if (acknowledged && !request->answered_early) {
    fail(name(*request) + " is executed after it was acknowledged");
  }
}

void Oracle::executes_on_other_disk(const Attempt& attempt) {
  if (const SimRequest* const request = ours(attempt.request)) {
    fail(name(*request) + " is executed by another disk");
  }
}

/// Other hosts may use the disk by the one that is active. A write that was not to wait may be over
/// by the time.
void Oracle::activates() {
  const bool for_writes =
      !changing_.empty() || runtime_.now() - change_ended_ <= longest_io_timeout_;
  if (good_paths_->works(runtime_.now(), for_writes)) {
    fail("a port group is asked for though a path works");
  }
}

void Oracle::returned(const Attempt& attempt) {
  SimRequest* const request = ours(attempt.request);
  if (request == nullptr) return;
  ++(attempt.sent_at == runtime_.now() ? coverage_.completed : coverage_.under_way);
  std::erase(alive_, &attempt);
  std::erase(request->changing, &attempt);
  if (tells_story_) {
    tell(fmt::format("{} comes back from {}: {}", name(*request), attempt.path.name(),
                     scsi::reason(attempt.command->result)));
  }
  request->was_given_up =
      request->was_given_up || runtime_.now() - attempt.sent_at >= shortest_io_timeout_;
  const scsi::Outcome outcome = scsi::classify(*attempt.command);
  using scsi::Action;
  // What the disk refuses by itself is no answer to what it should have been asked.
  const bool own_error = outcome.action == Action::fail || outcome.action == Action::elsewhere ||
                         outcome.action == Action::retry_then_elsewhere ||
                         outcome.error == IoError::no_medium;
  request->was_answered = request->was_answered || (attempt.injected && own_error);
  if (outcome.reset_seen || outcome.loses_writes) ++resets_;
}

void Oracle::submitting(SimRequest& request) {
  request.oracle = this;
  request.submitted = runtime_.now();
  request.resets = resets_;
  request.since = disk_.tick();
  ++coverage_.requests;
  if (tells_story_) tell(name(request));
  if (!request.changes_blocks()) return;
  for (SimRequest* other : changing_) {
    if (request.overlaps(*other)) request.met_overlap = other->met_overlap = true;
  }
  request.met_overlap = request.met_overlap || is_haunted(request);
  changing_.push_back(&request);
}

void Oracle::done(SimRequest& request) {
  disk_.tick();
  if (tells_story_) {
    tell(fmt::format("{} ends with {}", name(request), static_cast<int>(request.error)));
  }
  if (++request.times_done != 1) return fail(name(request) + " ends more than once");
  if (std::erase(changing_, &request) != 0) change_ended_ = runtime_.now();
  request.answered_early = settings_.exclusive;
  if (request.error != IoError::none) {
    ++coverage_.errors;
    if (request.attempts == 0) ++coverage_.failed;
    check_error(request);
  } else if (request.changes_blocks()) {
    check_changed(request);
  } else if (request.operation == Operation::read) {
    check_read(request);
    request.seen = request.buffer;
  } else if (request.operation == Operation::flush) {
    check_flush(request);
  }
  check_time(request);
}

/// It had to wait for a path: too short is as wrong as too long.
bool Oracle::was_held_long_enough(const SimRequest& request) const {
  const Instant now = runtime_.now();
  const Duration bound = shortest_no_path_timeout_;
  if (bound == Duration::zero() || was_disconnected_ || now - request.submitted >= bound) {
    return true;
  }
  return bound != HeadSettings::forever &&
         !good_paths_->carried_after(now - bound, request.changes_blocks());
}

/// An attempt of it, or of one whose blocks overlap with its own, may yet be executed.
bool Oracle::is_haunted(const SimRequest& request) const {
  return request.changes_blocks() && std::ranges::any_of(alive_, [&](const Attempt* attempt) {
           const SimRequest* const other = ours(attempt->request);
           return other != nullptr && other->overlaps(request);
         });
}

/// No flush of it is believed: the disk was reset again and again beside each.
bool Oracle::was_outrun(const SimRequest& request) const {
  constexpr unsigned tries = scsi::Outcome::default_retries;
  return (request.fua || request.operation == Operation::flush) &&
         resets_ - request.resets > tries &&
         runtime_.now() - request.submitted >= tries * shortest_io_timeout_;
}

/// Rule b.
void Oracle::check_error(const SimRequest& request) {
  bool allowed = request.was_answered;
  switch (request.error) {
    case IoError::interrupted:
      allowed = request.was_cancelled;
      break;
    case IoError::again:
      allowed = request.no_wait;
      break;
    case IoError::no_space:
      allowed = allowed || request.offset >= first_blocks_ * block_size;
      break;
    case IoError::io:
      allowed =
          allowed || stopping_ || was_outrun(request) ||
          (!good_paths_->was_there(request.submitted, request.changes_blocks()) &&
           was_held_long_enough(request)) ||
          (is_haunted(request) && runtime_.now() - request.submitted >= shortest_ghost_timeout_);
      break;
    default:
      break;
  }
  if (!allowed) {
    fail(fmt::format("{} ends with error {} too soon, or while a path works", name(request),
                     static_cast<int>(request.error)));
  }
}

/// Rule a, of writes.
void Oracle::check_changed(const SimRequest& request) {
  if (!settings_.exclusive && !request.changing.empty()) {
    fail(name(request) + " is acknowledged while it may yet be executed");
  }
  if (request.operation == Operation::write && request.transferred != request.data.size()) {
    return fail(name(request) + " is acknowledged in part");
  }
  if (request.before.empty()) return;
  const std::uint64_t begin = request.first_block() * block_size;
  expected_.assign(request.before.begin(), request.before.end());
  const auto written = Bytes(expected_).subspan(request.offset - begin);
  if (request.zeroes()) {
    const std::size_t count = std::min<std::size_t>(written.size(), request.length);
    std::ranges::fill(written.first(count), std::uint8_t{0});
  } else {
    std::ranges::copy(request.data.first(std::min(written.size(), request.data.size())),
                      written.begin());
  }
  for (std::size_t at = 0; at < expected_.size(); at += block_size) {
    const std::uint64_t block = (begin + at) / block_size;
    if (disk_.was_disturbed(block, request.first_sent)) continue;
    if (!std::ranges::equal(disk_.content(block), Bytes(expected_).subspan(at, block_size))) {
      fail(fmt::format("{} is acknowledged, and block {} holds something else", name(request),
                       block));
      return;
    }
    if (request.fua && disk_.unstable_since(block) < disk_.now()) {
      fail(fmt::format("{} is acknowledged, and block {} is not on stable storage", name(request),
                       block));
      return;
    }
  }
}

/// Rule a, of reads.
void Oracle::check_read(const SimRequest& request) {
  const std::uint64_t end = request.offset + request.transferred;
  if (request.transferred != request.buffer.size() && end < first_blocks_ * block_size) {
    return fail(name(request) + " ends early");
  }
  for (std::uint64_t at = request.offset; at < end;) {
    const std::uint64_t block = at / block_size;
    const std::uint64_t next = std::min((block + 1) * block_size, end);
    const ConstBytes bytes = request.data.subspan(at - request.offset, next - at);
    if (!disk_.held_since(block, at % block_size, bytes, request.since)) {
      return fail(fmt::format("{} sees in block {} what was not there", name(request), block));
    }
    at = next;
  }
}

void Oracle::check_flush(const SimRequest& request) {
  for (std::uint64_t block = 0; block < disk_.unit().identity.blocks; ++block) {
    if (disk_.unstable_since(block) < request.since) {
      return fail(fmt::format("{} is acknowledged, and block {} is not on stable storage",
                              name(request), block));
    }
  }
}

/// Rule c, where a path worked all the time: every attempt is given up at io_timeout.
void Oracle::check_time(const SimRequest& request) {
  if (few_clones_ || request.met_overlap || (request.changes_blocks() && writes_wait_) ||
      !good_paths_->was_there(request.submitted, request.changes_blocks())) {
    return;
  }
  // Each attempt is given up at io_timeout, and each path has its turn, with its retries, once.
  Duration bound = std::min<Duration>(
      (request.attempts + 1) * (longest_io_timeout_ + 1s) + retries_last,
      (paths_ + 1) * (longest_io_timeout_ + retries_last) + request.attempts * 100ms);
  // Unless it may say so at once, a write waits until what was given up is dead.
  if (request.changes_blocks() && !always_exclusive_ &&
      (request.was_given_up || is_haunted(request))) {
    if (longest_ghost_timeout_ == HeadSettings::forever) return;
    bound += longest_ghost_timeout_;
  }
  Instant begin = request.submitted;
  if (request.changes_blocks()) begin = std::max(begin, writes_go_since_);
  const Duration took = runtime_.now() - begin;
  if (took > bound) {
    fail(fmt::format("{} takes {:.1f} s, and a path works", name(request),
                     std::chrono::duration<double>(took).count()));
  }
}

void Oracle::check_kept_data(const SimRequest& request) {
  if (request.returned != request.kept.size() + request.kept_data) {
    fail(name(request) + " does not get back every buffer that a late command has kept");
  }
  if (request.operation == Operation::read && request.error == IoError::none &&
      request.buffer != request.seen) {
    fail(name(request) + " changes after it has ended");
  }
}

}  // namespace scsimpath::sim
