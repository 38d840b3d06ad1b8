// SPDX-License-Identifier: LGPL-2.1-or-later
// What becomes of a command.
#include "sim_path.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "answers.h"
#include "clone.h"
#include "opcode.h"
#include "oracle.h"
#include "outcome.h"
#include "path_state.h"
#include "scripted_unit.h"

namespace scsimpath::sim {

using namespace std::chrono_literals;
using test::Answer;

namespace {

/// How long an aborted command may stay with the kernel.
constexpr Duration longest_recovery = 40s;
/// By then a check has found that a path works.
constexpr Duration surely_used = 15s;

std::uint64_t big_endian(ConstBytes bytes) noexcept {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8U | byte;
  return value;
}

/// The blocks that a command changes.
void find_range(const Command& command, std::uint64_t& first, std::uint64_t& end) noexcept {
  const test::Seen seen = test::describe(command);
  first = end = 0;
  if (command.purpose != Purpose::io) return;
  if (seen.is_write() || seen.is_write_same()) {
    first = seen.lba;
    end = seen.lba + seen.blocks;
  } else if (seen.is_unmap()) {
    first = big_endian(command.data.subspan(8, 8));
    end = first + big_endian(command.data.subspan(16, 4));
  }
}

bool sees_attentions(std::uint8_t opcode) noexcept {
  return opcode != 0x12 && opcode != 0xa0 && opcode != 0x03;
}

bool is_activation(const Command& command) noexcept {
  return command.cdb.bytes[0] == 0xa4;
}

const std::shared_ptr<test::ScriptedDisk>& other_disk() {
  static const auto disk = [] {
    test::ScriptedIdentity identity;
    identity.naa = "600000000000000000000000000000ff";
    identity.serial = "other";
    identity.blocks = 64;
    return std::make_shared<test::ScriptedDisk>(identity);
  }();
  return disk;
}

}  // namespace

class SimTransport final : public Transport {
 public:
  explicit SimTransport(SimPath& path) noexcept : path_(path) {}
  ~SimTransport() override {
    if (!path_.alive_.empty()) path_.oracle_.fail("a transport is destroyed that has commands");
    path_.destroyed_ = true;
  }
  [[nodiscard]] const TransportInfo& info() const noexcept override { return path_.info_; }
  void submit(Command& command) noexcept override { path_.submit(command); }
  void abort(Command& command) noexcept override { path_.abort(command); }

 private:
  SimPath& path_;
};

Attempt::Attempt(SimPath& owner) noexcept
    : path(owner),
      execution(*this,
                [](Timer& timer) noexcept {
                  Attempt& self = static_cast<Due&>(timer).attempt;
                  self.path.execute(self);
                }),
      reply(*this, [](Timer& timer) noexcept {
        Attempt& self = static_cast<Due&>(timer).attempt;
        self.path.finish(self);
      }) {}

SimPath::SimPath(std::string name, const PathPlan& plan, SimRuntime& runtime, Disk& disk,
                 Oracle& oracle, Random& random)
    : runtime_(runtime),
      disk_(disk),
      oracle_(oracle),
      random_(random),
      plan_(plan),
      group_(static_cast<std::uint16_t>(plan.group + 1)),
      told_blocks_(disk.unit().identity.blocks) {
  info_.name = std::move(name);
  info_.device = "simulated:" + info_.name;
  info_.may_block = plan.may_block;
  info_.port = std::make_shared<PortLoad>();
  disk_.unit().access.insert_or_assign(group_, plan.access);
}

std::unique_ptr<Transport> SimPath::make_transport() {
  destroyed_ = false;
  return std::make_unique<SimTransport>(*this);
}

void SimPath::set_link(bool up) {
  up_ = up;
  spoil();
  // A nexus that begins anew says so.
  if (up) attention(0x29, 0x02);
}

void SimPath::attention(std::uint8_t asc, std::uint8_t ascq) {
  const bool pending = std::ranges::any_of(
      attentions_, [&](const Answer& told) { return told.asc == asc && told.ascq == ascq; });
  if (!pending) attentions_.push_back(Answer::sense(6, asc, ascq));
}

void SimPath::set_behind(Behind behind) {
  behind_ = behind;
  ++changes_;
  spoil();
}

void SimPath::inject(std::uint64_t row, std::uint64_t count, Answering answering) {
  injections_.push_back({row, count, answering});
  spoil();
}

void SimPath::release(unsigned percent_executed) {
  hangs_ = false;
  spoil();
  for (Attempt* const attempt : alive_) {
    if (!attempt->held) continue;
    attempt->held = false;
    const Instant now = runtime_.now();
    const Duration after = random_.duration(0ms, 20ms);
    if (random_.percent(percent_executed)) {
      runtime_.arm(attempt->execution, now + random_.duration(Duration::zero(), after));
    } else {
      attempt->told = Answer::host_byte(0x05);
    }
    runtime_.arm(attempt->reply, now + after);
  }
}

void SimPath::heal() {
  if (!up_) set_link(true);
  if (hangs_) release(50);
  if (behind_ != Behind::own) set_behind(Behind::own);
  slow_ = Duration::zero();
  injections_.clear();
  told_blocks_ = disk_.unit().identity.blocks;
  spoil();
}

Instant SimPath::carried_until() const noexcept {
  const bool carries = sound_ && is_sound() && runtime_.now() - sound_since_ >= surely_used;
  return carries ? runtime_.now() : carried_until_;
}

void SimPath::spoil() noexcept {
  const Instant now = runtime_.now();
  if (sound_ && now - sound_since_ >= surely_used) carried_until_ = now;
  sound_since_ = now;
  sound_ = is_sound();
}

bool SimPath::is_sound() const noexcept {
  return works_in(takes_io);
}

bool SimPath::is_askable() const noexcept {
  return disk_.unit().explicit_alua && works_in([](AccessState access) {
           return access == AccessState::standby || access == AccessState::unavailable;
         });
}

bool SimPath::works_in(bool (*fits)(AccessState)) const noexcept {
  const bool nothing_held = std::ranges::none_of(
      alive_, [](const Attempt* attempt) { return attempt->held || attempt->aborted; });
  return in_use_ && up_ && told_changes_ == changes_ && !hangs_ && slow_ < 100ms &&
         behind_ == Behind::own && attentions_.empty() && injections_.empty() &&
         fits(disk_.unit().access.at(group_)) && nothing_held &&
         told_blocks_ == disk_.unit().identity.blocks;
}

Attempt& SimPath::take(Command& command) {
  if (idle_.empty())
    idle_.push_back(attempts_.emplace_back(std::make_unique<Attempt>(*this)).get());
  Attempt& attempt = *idle_.back();
  idle_.pop_back();
  attempt.command = &command;
  ++attempt.number;
  attempt.request = command.purpose == Purpose::io ? Clone::of(command).request : nullptr;
  find_range(command, attempt.first, attempt.end);
  attempt.told.reset();
  attempt.executed = attempt.held = false;
  attempt.aborted = attempt.tells_change = attempt.injected = false;
  attempt.knows = told_changes_;
  attempt.sent_at = runtime_.now();
  command.transport.owner = &attempt;
  alive_.push_back(&attempt);
  return attempt;
}

bool SimPath::outlives_a_yield(const Attempt& attempt) {
  const std::uint64_t number = attempt.number;
  runtime_.yield();
  return attempt.command != nullptr && attempt.number == number;
}

std::optional<Answer> SimPath::injected(const Attempt& attempt) {
  const test::Seen seen = test::describe(*attempt.command);
  const bool io = attempt.command->purpose == Purpose::io;
  for (Injection& injection : injections_) {
    bool matches = false;
    switch (injection.answering) {
      case Answering::all:
        matches = true;
        break;
      case Answering::io:
      case Answering::io_done:
        matches = io;
        break;
      case Answering::reads:
        matches = io && seen.is_read();
        break;
      case Answering::writes:
      case Answering::writes_done:
        matches = attempt.changes_blocks();
        break;
      case Answering::checks:
        matches = !io;
        break;
    }
    if (!matches) continue;
    Answer answer = answer_rows()[injection.row].answer;
    answer.executed = answer.executed || injection.answering == Answering::io_done ||
                      injection.answering == Answering::writes_done;
    // A disk that knows no flush has no cache: all is on stable storage.
    answer.executed = answer.executed || (seen.is_flush() && answer.key == 5 && answer.asc == 0x20);
    oracle_.answered(attempt, injection.row);
    lied_until_ = runtime_.now();
    if (--injection.count == 0) {
      injections_.erase(injections_.begin() + (&injection - injections_.data()));
    }
    spoil();
    return answer;
  }
  return std::nullopt;
}

void SimPath::submit(Command& command) noexcept {
  Attempt& attempt = take(command);
  oracle_.sent(attempt);
  if (is_activation(command)) oracle_.activates();
  if (!outlives_a_yield(attempt) || attempt.aborted) return;
  // Once a rule is broken the run has to come to an end, whatever the core would do for ever.
  if (oracle_.failed()) hangs_ = true;
  if (!up_) {
    attempt.told = Answer::host_byte(0x01);
  } else if (hangs_) {
    attempt.held = true;
    return;
  } else if (plan_.room != 0 && command.purpose == Purpose::io && alive_.size() > plan_.room) {
    attempt.told = Answer::status_byte(0x28);
  } else {
    attempt.told = injected(attempt);
    attempt.injected = attempt.told.has_value();
  }
  const Duration delay = slow_ > Duration::zero() ? random_.duration(Duration::zero(), slow_)
                         : plan_.answers_inline   ? Duration::zero()
                                                  : random_.duration(1us, 300us);
  if (delay == Duration::zero()) {
    execute(attempt);
    if (outlives_a_yield(attempt)) finish(attempt);
    return;
  }
  const Instant now = runtime_.now();
  runtime_.arm(attempt.execution, now + random_.duration(Duration::zero(), delay));
  runtime_.arm(attempt.reply, now + delay);
}

void SimPath::abort(Command& command) noexcept {
  Attempt& attempt = *static_cast<Attempt*>(command.transport.owner);
  if (!outlives_a_yield(attempt)) return;
  if (attempt.aborted || plan_.abort == PathPlan::Abort::ignored) return;
  attempt.aborted = true;
  attempt.held = false;
  spoil();
  if (plan_.abort == PathPlan::Abort::exact) {
    runtime_.cancel(attempt.execution);
    attempt.told = Answer::host_byte(0x05);
    if (!attempt.executed) attempt.executed = true;  // never, from now on
    finish(attempt);
    return;
  }
  // The kernel's error handler takes its time, and the target may do it yet.
  const Instant now = runtime_.now();
  const Duration after = random_.duration(1ms, longest_recovery);
  if (!attempt.executed && random_.one_in(2)) {
    runtime_.arm(attempt.execution, now + random_.duration(Duration::zero(), after));
  } else {
    runtime_.cancel(attempt.execution);
    attempt.executed = true;
  }
  if (!attempt.told || random_.one_in(2)) attempt.told = Answer::host_byte(0x03);
  attempt.told->executed = true;
  runtime_.arm(attempt.reply, now + after);
}

void SimPath::execute(Attempt& attempt) noexcept {
  if (std::exchange(attempt.executed, true)) return;
  Command& command = *attempt.command;
  const bool attends = sees_attentions(command.cdb.bytes[0]);
  if (attends && attempt.knows != changes_) {
    attempt.tells_change = up_ && !attempt.aborted;
    attempt.told = attempt.tells_change ? Answer::sense(6, 0x3f, 0x0e) : Answer::host_byte(0x0e);
  } else if (up_ && attends && !attentions_.empty() && (!attempt.told || attempt.told->is_good())) {
    attempt.told = attentions_.front();
    attentions_.pop_front();
    spoil();
  }
  const Answer told = attempt.told.value_or(Answer::good());
  if (told.executed) return execute_on_disk(attempt, told);
  command.result = {};
  test::put_result(command, told);
}

void SimPath::execute_on_disk(Attempt& attempt, const Answer& told) noexcept {
  Command& command = *attempt.command;
  switch (behind_) {
    case Behind::none:
      command.result = {};
      if (command.cdb.bytes[0] != 0x12) {
        test::set_sense(command.result, 5, 0x25, 0);
        oracle_.disconnected();
      } else if (!command.data.empty()) {
        std::ranges::fill(command.data, std::uint8_t{0});
        command.data[0] = 0x7f;
      }
      return;
    case Behind::other:
      oracle_.executes_on_other_disk(attempt);
      return test::answer({*other_disk(), group_, other_disk()->identity.blocks}, command, told);
    case Behind::own:
      break;
  }
  oracle_.executes(attempt);
  const test::Seen seen = test::describe(command);
  test::answer({disk_.unit(), group_, *told_blocks_}, command, Answer::residual_of(told.residual));
  if (command.result.status == 0x02) return;  // the disk itself refuses
  test::put_result(command, told);
  if (is_activation(command)) disk_.activated();
  if (command.purpose != Purpose::io) return;
  if (attempt.changes_blocks()) {
    disk_.changed(attempt.first, std::min(attempt.end, disk_.unit().identity.blocks), seen.fua);
  } else if (seen.is_flush()) {
    disk_.flushed();
  }
}

void SimPath::finish(Attempt& attempt) noexcept {
  runtime_.cancel(attempt.reply);
  runtime_.cancel(attempt.execution);
  if (!attempt.executed) execute(attempt);
  Command& command = *attempt.command;
  if (attempt.aborted) {
    command.result = {};
    test::put_result(command, *attempt.told);
  }
  if (attempt.tells_change) told_changes_ = changes_;
  if (attempt.aborted || attempt.tells_change) spoil();
  std::erase(alive_, &attempt);
  idle_.push_back(&attempt);
  oracle_.returned(attempt);
  attempt.command = nullptr;
  oracle_.completing(true);
  command.done(command);
  oracle_.completing(false);
}

}  // namespace scsimpath::sim
