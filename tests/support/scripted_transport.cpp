// SPDX-License-Identifier: LGPL-2.1-or-later
// Scripts, holds and the record of what was seen.
#include "scripted_transport.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "scripted_unit.h"

namespace scsimpath::test {

namespace {

/// A broken promise of the code under test, from where no exception may come out.
void require(bool kept, const char* promise) noexcept {
  if (kept) return;
  std::fprintf(stderr, "ScriptedTransport: broken promise: %s\n", promise);
  std::abort();
}

/// Commands that INQUIRY-like rules let pass unit attentions.
bool sees_attentions(std::uint8_t opcode) noexcept {
  return opcode != 0x12 && opcode != 0xa0 && opcode != 0x03;
}

std::optional<Answer> take(std::deque<Answer>& script) {
  if (script.empty()) return std::nullopt;
  const Answer answer = script.front();
  script.pop_front();
  return answer;
}

}  // namespace

/// What the core owns; everything else is in the path.
class ScriptedTransport final : public Transport {
 public:
  explicit ScriptedTransport(ScriptedPath& path) noexcept : path_(path) {}
  ~ScriptedTransport() override {
    require(path_.outstanding_ == 0, "destroyed only when no command is with it");
    path_.destroyed = true;
  }

  [[nodiscard]] const TransportInfo& info() const noexcept override { return path_.info_; }
  void submit(Command& command) noexcept override { path_.submit(command); }
  void abort(Command& command) noexcept override { path_.abort(command); }

 private:
  ScriptedPath& path_;
};

Answer Answer::sense(std::uint8_t key, std::uint8_t asc, std::uint8_t ascq) {
  Answer answer;
  answer.status = 0x02;
  answer.has_sense = true;
  answer.key = key;
  answer.asc = asc;
  answer.ascq = ascq;
  answer.executed = key == 1;
  return answer;
}

Answer Answer::host_byte(std::uint8_t host) {
  Answer answer;
  answer.host = host;
  answer.executed = false;
  return answer;
}

Answer Answer::status_byte(std::uint8_t status) {
  Answer answer;
  answer.status = status;
  answer.executed = status == 0;
  return answer;
}

Answer Answer::errno_value(int number) {
  Answer answer;
  answer.os_error = number;
  answer.executed = false;
  return answer;
}

Answer Answer::residual_of(std::int32_t bytes) {
  Answer answer;
  answer.residual = bytes;
  return answer;
}

ScriptedDisk::ScriptedDisk(ScriptedIdentity told)
    : identity(std::move(told)), data(identity.blocks * identity.block_size) {}

void ScriptedDisk::set_unmapped(std::uint64_t lba, std::uint64_t blocks, bool value) {
  if (unmapped.empty() && !value) return;
  unmapped.resize(std::max<std::size_t>(unmapped.size(), lba + blocks));
  std::fill_n(unmapped.begin() + static_cast<std::ptrdiff_t>(lba), blocks, value);
}

void ScriptedDisk::resize(std::uint64_t blocks) {
  identity.blocks = blocks;
  data.resize(blocks * identity.block_size);
}

ScriptedPath::Completer::Completer(ScriptedPath& owner) noexcept : Task(complete), path(owner) {}

ScriptedPath::ScriptedPath(std::shared_ptr<ScriptedDisk> behind, Options options, Runtime& runtime)
    : disk(std::move(behind)), runtime_(runtime), group_(options.group), completer_(*this) {
  info_.name = options.name;
  info_.device = "scripted:" + options.name;
  info_.numa_node = options.numa_node;
  info_.max_transfer = options.max_transfer;
  info_.may_block = options.may_block;
  info_.port = options.port ? options.port : std::make_shared<PortLoad>();
  if (disk) disk->access.insert_or_assign(group_, options.access);
}

std::unique_ptr<Transport> ScriptedPath::make_transport() {
  destroyed = false;
  return std::make_unique<ScriptedTransport>(*this);
}

Seen ScriptedPath::describe(const Command& command) const noexcept {
  Seen seen = test::describe(command);
  seen.when = runtime_.clock.now();
  return seen;
}

Seen ScriptedPath::held_command(std::size_t index) const {
  return describe(*held_.at(index));
}

std::size_t ScriptedPath::count_io() const {
  return static_cast<std::size_t>(std::count_if(log.begin(), log.end(), [](const Seen& seen) {
    return seen.is_io() && seen.purpose == Purpose::io;
  }));
}

std::size_t ScriptedPath::count_reads() const {
  return static_cast<std::size_t>(
      std::count_if(log.begin(), log.end(), [](const Seen& seen) { return seen.is_read(); }));
}

std::size_t ScriptedPath::count_writes() const {
  return static_cast<std::size_t>(
      std::count_if(log.begin(), log.end(), [](const Seen& seen) { return seen.is_write(); }));
}

std::size_t ScriptedPath::count_flushes() const {
  return static_cast<std::size_t>(
      std::count_if(log.begin(), log.end(), [](const Seen& seen) { return seen.is_flush(); }));
}

std::size_t ScriptedPath::count_opcode(std::uint8_t opcode) const {
  return static_cast<std::size_t>(std::count_if(
      log.begin(), log.end(), [=](const Seen& seen) { return seen.opcode == opcode; }));
}

void ScriptedPath::submit(Command& command) noexcept {
  require(command.done != nullptr, "a command has someone to call back");
  ++commands;
  ++outstanding_;
  const Seen seen = describe(command);
  if (keep_log) log.push_back(seen);
  if (seen.is_io() ? hold_io : hold_checks) {
    held_.push_back(&command);
    return;
  }
  if (during_io && seen.is_io()) {
    const auto wait = std::exchange(during_io, nullptr);
    wait();
  }
  finish(command, {});
}

void ScriptedPath::abort(Command& command) noexcept {
  ++aborts;
  if (abort_does == Abort::ignored) return;
  const auto found = std::find(held_.begin(), held_.end(), &command);
  if (found == held_.end()) return;
  held_.erase(found);
  const Completion usual = completion;
  if (abort_does == Abort::in_worker) completion = Completion::in_worker;
  finish(command, Answer::host_byte(0x05));
  completion = usual;
}

void ScriptedPath::complete_held(std::size_t index, std::optional<Answer> told) {
  Command& command = *held_.at(index);
  held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
  finish(command, told);
}

void ScriptedPath::complete_all_held(std::optional<Answer> told) {
  // Only those that are held now: an answer may bring new ones.
  for (std::size_t count = held_.size(); count > 0 && !held_.empty(); --count)
    complete_held(0, told);
}

Answer ScriptedPath::decide(Command& command) noexcept {
  const Seen seen = describe(command);
  if (every_command) return *every_command;
  if (sees_attentions(seen.opcode))
    if (const auto attention = take(attentions_)) return *attention;
  if (const auto scripted = take(seen.is_io() ? io_script_ : check_script_)) return *scripted;
  const auto& every = seen.is_io() ? every_io : every_check;
  if (every) return *every;
  if (!disk && seen.opcode != 0x12) return Answer::sense(5, 0x25, 0);
  return Answer::good();
}

void ScriptedPath::answer(Command& command, const Answer& told) const noexcept {
  if (told.executed && disk) {
    const UnitView view{*disk, group_, told_blocks.value_or(disk->identity.blocks)};
    return test::answer(view, command, told);
  }
  command.result = {};
  if (told.is_good() && !disk && !command.data.empty()) {
    // An INQUIRY of a unit that is not there: peripheral qualifier 011b.
    std::fill(command.data.begin(), command.data.end(), std::uint8_t{0});
    command.data[0] = 0x7f;
  }
  put_result(command, told);
}

void ScriptedPath::finish(Command& command, std::optional<Answer> told) noexcept {
  answer(command, told ? *told : decide(command));
  if (completion == Completion::in_submit) {
    --outstanding_;
    command.done(command);
    return;
  }
  command.transport.next = nullptr;
  (ended_last_ == nullptr ? ended_first_ : ended_last_->transport.next) = &command;
  ended_last_ = &command;
  runtime_.workers.post(completer_);
}

void ScriptedPath::complete(Task& task) noexcept {
  ScriptedPath& path = static_cast<Completer&>(task).path;
  Command* command = path.ended_first_;
  if (command == nullptr) return;
  path.ended_first_ = command->transport.next;
  if (path.ended_first_ == nullptr) path.ended_last_ = nullptr;
  // One at a time, so that other work comes in between.
  if (path.ended_first_ != nullptr) path.runtime_.workers.post(path.completer_);
  --path.outstanding_;
  command->done(*command);
}

}  // namespace scsimpath::test
