// SPDX-License-Identifier: LGPL-2.1-or-later
// The steps of an examination, and its time-out.
#include "examination.h"

#include <algorithm>
#include <utility>

#include "block_limits.h"
#include "capacity.h"
#include "cdb.h"
#include "device_identification.h"
#include "inquiry.h"
#include "mode.h"
#include "provisioning_log.h"

namespace scsimpath {
namespace {

constexpr std::size_t buffer_size = 4096;
constexpr std::uint16_t vpd_allocation = 1024;
constexpr std::uint16_t log_allocation = 512;

bool is_good(const scsi::Outcome& outcome) noexcept {
  return outcome.action == scsi::Action::done;
}

}  // namespace

Examination::Turn::Turn(Examination& examination) noexcept
    : Task([](Task& task) noexcept { static_cast<Turn&>(task).owner.run(); }), owner(examination) {}

Examination::Deadline::Deadline(Examination& examination) noexcept
    : Timer([](Timer& timer) noexcept { static_cast<Deadline&>(timer).owner.abort(); }),
      owner(examination) {}

Examination::Examination(Runtime& runtime, Transport& transport, Done done, Late late,
                         Suspect suspect, Consent consent) noexcept
    : runtime_(runtime),
      transport_(transport),
      done_(done),
      late_(late),
      suspect_(suspect),
      consent_(consent),
      turn_(*this),
      deadline_(*this) {
  command_.owner = this;
  command_.purpose = Purpose::check;
  command_.done = [](Command& command) noexcept {
    Examination& self = *static_cast<OwnCommand&>(command).owner;
    if (self.suspect_ != nullptr && scsi::classify(command).revalidate) self.suspect_(self);
    {
      const MutexLock lock(self.mutex_);
      self.with_transport_ = false;
      // The command must outlive the call that aborts it.
      self.done_waits_ = self.aborting_;
      if (self.aborting_) return;
    }
    self.runtime_.workers.post(self.turn_);
  };
}

void Examination::start(Scope scope, Duration timeout, bool has_alua) noexcept {
  result_ = Result{};
  result_.scope = scope;
  result_.facts.has_alua = has_alua;
  step_ = Step::ready;
  repeats_ = 0;
  answer_due_ = false;
  extended_groups_ = true;
  command_.timeout = timeout;
  {
    const MutexLock lock(mutex_);
    out_of_time_ = told_late_ = false;
  }
  runtime_.timers.arm(deadline_, runtime_.clock.now() + timeout);
  runtime_.workers.post(turn_);
}

void Examination::abort() noexcept {
  {
    const MutexLock lock(mutex_);
    out_of_time_ = true;
    if (!with_transport_ || aborting_) return;
    aborting_ = true;
  }
  transport_.abort(command_);
  bool late = false;
  {
    const MutexLock lock(mutex_);
    late = with_transport_ && !told_late_;
    told_late_ = told_late_ || late;
  }
  if (late) late_(*this);
  {
    const MutexLock lock(mutex_);
    aborting_ = false;
    if (!done_waits_) return;
    done_waits_ = false;
  }
  runtime_.workers.post(turn_);
}

void Examination::run() noexcept {
  if (answer_due_) {
    answer_due_ = false;
    try {
      step_ = evaluate();
      if (step_ == Step::end && can_be_activated() && consent_(*this)) step_ = Step::activation;
    } catch (const std::bad_alloc&) {
      step_ = give_up({"out of memory"});
    }
  }
  if (step_ == Step::end) {
    (void)runtime_.timers.cancel(deadline_);
    done_(*this);
    return;
  }
  send();
}

void Examination::send() noexcept {
  try {
    prepare();
  } catch (const std::bad_alloc&) {
    step_ = give_up({"out of memory"});
    runtime_.workers.post(turn_);
    return;
  }
  answer_due_ = true;
  bool late = false;
  {
    const MutexLock lock(mutex_);
    late = out_of_time_;
    with_transport_ = !late;
  }
  if (late) {
    answer_due_ = false;
    step_ = give_up({"no answer in time"});
    runtime_.workers.post(turn_);
    return;
  }
  transport_.submit(command_);
}

void Examination::prepare() {
  if (buffer_.size() < buffer_size) buffer_.resize(buffer_size);
  std::size_t length = vpd_allocation;
  command_.result = CommandResult{};
  switch (step_) {
    case Step::ready:
    case Step::end:
      command_.cdb = scsi::test_unit_ready();
      length = 0;
      break;
    case Step::inquiry:
      length = scsi::Inquiry::allocation;
      command_.cdb = scsi::inquiry(static_cast<std::uint16_t>(length));
      break;
    case Step::identification:
      command_.cdb = scsi::inquiry_vpd(
          static_cast<std::uint8_t>(scsi::VpdPage::device_identification), vpd_allocation);
      break;
    case Step::serial:
      command_.cdb =
          scsi::inquiry_vpd(static_cast<std::uint8_t>(scsi::VpdPage::unit_serial), vpd_allocation);
      break;
    case Step::limits:
      command_.cdb =
          scsi::inquiry_vpd(static_cast<std::uint8_t>(scsi::VpdPage::block_limits), vpd_allocation);
      break;
    case Step::capacity:
      length = scsi::Capacity::allocation_16;
      command_.cdb = scsi::read_capacity_16(static_cast<std::uint32_t>(length));
      break;
    case Step::capacity_10:
      length = scsi::Capacity::allocation_10;
      command_.cdb = scsi::read_capacity_10();
      break;
    case Step::provisioning:
      command_.cdb = scsi::inquiry_vpd(
          static_cast<std::uint8_t>(scsi::VpdPage::logical_block_provisioning), vpd_allocation);
      break;
    case Step::usage:
      length = log_allocation;
      command_.cdb = scsi::log_sense(scsi::log_page_provisioning, log_allocation);
      break;
    case Step::protection:
      length = 252;
      command_.cdb = scsi::mode_sense_10(scsi::mode_page_all, static_cast<std::uint16_t>(length));
      break;
    case Step::groups:
      length = buffer_.size();
      command_.cdb =
          scsi::report_target_port_groups(static_cast<std::uint32_t>(length), extended_groups_);
      break;
    case Step::activation:
      command_.cdb = scsi::set_target_port_groups();
      command_.direction = Direction::to_device;
      command_.data = Bytes(buffer_.data(), scsi::group_list_size);
      return scsi::put_group_list(command_.data, result_.facts.target_port_group,
                                  AccessState::optimized);
  }
  command_.direction = length == 0 ? Direction::none : Direction::from_device;
  command_.data = Bytes(buffer_.data(), length);
  std::ranges::fill(command_.data, std::uint8_t{0});
}

ConstBytes Examination::received() const noexcept {
  const auto length = static_cast<std::int64_t>(command_.data.size());
  const std::int64_t got = std::clamp<std::int64_t>(length - command_.result.residual, 0, length);
  return command_.data.first(static_cast<std::size_t>(got));
}

Examination::Step Examination::evaluate() {
  const scsi::Outcome outcome = scsi::classify(command_);
  // Told once, so it counts whatever becomes of the look.
  result_.reset_seen = result_.reset_seen || outcome.reset_seen;
  result_.power_on = result_.power_on || outcome.power_on;
  if (outcome.loses_writes) result_.lost_writes = scsi::reason(command_);
  {
    const MutexLock lock(mutex_);
    if (out_of_time_) return give_up({"no answer in time"});
  }
  if (outcome.revalidate) {
    // What was read before may be another disk's.
    result_.scope = Scope::full;
    step_ = Step::ready;
  }
  if (step_ == Step::ready) return after_ready(outcome);
  // A short answer is one here: allocation lengths are generous.
  const bool answered =
      is_good(outcome) ||
      (command_.result.os_error == 0 && command_.result.host == 0 && command_.result.status == 0);
  if (answered) return parse();
  const bool again = outcome.action == scsi::Action::retry ||
                     outcome.action == scsi::Action::hold_path ||
                     outcome.action == scsi::Action::busy;
  if (again && repeats_ < max_repeats) {
    ++repeats_;
    return step_;
  }
  return step_ == Step::activation ? activated() : refused(outcome);
}

/// Whose disk it is was told just now: should that change before the request arrives, a unit
/// attention meets it.
bool Examination::can_be_activated() const noexcept {
  const PathFacts& facts = result_.facts;
  if (consent_ == nullptr || result_.activation || !facts.explicit_alua || !facts.groups) {
    return false;
  }
  const scsi::TargetPortGroup* const group = facts.groups->find(facts.target_port_group);
  return group != nullptr &&
         (group->state == AccessState::standby || group->state == AccessState::unavailable);
}

Examination::Step Examination::activated() {
  Result before = std::exchange(result_, Result{});
  result_.reset_seen = before.reset_seen;
  result_.power_on = before.power_on;
  result_.lost_writes = std::move(before.lost_writes);
  result_.activation = is_good(scsi::classify(command_)) ? Reason{"good"} : scsi::reason(command_);
  repeats_ = 0;
  return Step::ready;
}

Examination::Step Examination::after_ready(const scsi::Outcome& outcome) {
  switch (scsi::check_result(outcome)) {
    case scsi::CheckResult::up:
      result_.verdict = scsi::CheckResult::up;
      result_.reason.end = scsi::command_end(command_);
      return next(step_);
    case scsi::CheckResult::ghost:
    case scsi::CheckResult::pending:
      // Answers about itself such a path does give.
      result_.verdict = scsi::check_result(outcome);
      result_.reason = scsi::reason(command_);
      result_.access_state = outcome.access_state;
      return next(step_);
    case scsi::CheckResult::again:
      if (repeats_ < max_repeats) {
        ++repeats_;
        return step_;
      }
      return give_up(scsi::reason(command_));
    case scsi::CheckResult::disconnected: {
      const Step end = give_up(scsi::reason(command_));
      result_.verdict = scsi::CheckResult::disconnected;
      return end;
    }
    case scsi::CheckResult::down:
      return give_up(scsi::reason(command_));
  }
  return give_up(scsi::reason(command_));
}

/// What a device may leave out is not known then; without the rest there is no path.
Examination::Step Examination::refused(const scsi::Outcome& outcome) {
  const bool no_access = result_.verdict != scsi::CheckResult::up ||
                         outcome.action == scsi::Action::transitioning ||
                         outcome.access_state != AccessState::unknown;
  switch (step_) {
    case Step::capacity:
      if (no_access) return next(Step::capacity_10);
      return outcome.action == scsi::Action::path_error ? give_up(scsi::reason(command_))
                                                        : Step::capacity_10;
    case Step::capacity_10:
      if (no_access) return next(step_);
      return give_up(scsi::reason(command_));
    case Step::groups:
      if (extended_groups_ && outcome.action != scsi::Action::path_error) {
        extended_groups_ = false;
        repeats_ = 0;
        return step_;
      }
      return outcome.action == scsi::Action::path_error && !no_access
                 ? give_up(scsi::reason(command_))
                 : Step::end;
    case Step::usage:
      tells_usage_ = tells_usage_ && outcome.action != scsi::Action::fail;
      [[fallthrough]];
    case Step::serial:
    case Step::limits:
    case Step::provisioning:
    case Step::protection:
      return outcome.action == scsi::Action::path_error && !no_access
                 ? give_up(scsi::reason(command_))
                 : next(step_);
    case Step::inquiry:
    case Step::identification:
    case Step::ready:
    case Step::activation:
    case Step::end:
      return give_up(scsi::reason(command_));
  }
  return give_up(scsi::reason(command_));
}

Examination::Step Examination::parse() {
  const ConstBytes data = received();
  PathFacts& facts = result_.facts;
  switch (step_) {
    case Step::inquiry: {
      const auto inquiry = scsi::parse_inquiry(data);
      if (!inquiry) return give_up({inquiry.error().message});
      if (!inquiry->is_connected_disk()) {
        const Step end = give_up({"no disk behind this path (INQUIRY)"});
        result_.verdict = scsi::CheckResult::disconnected;
        return end;
      }
      facts.identity.vendor = inquiry->vendor;
      facts.identity.product = inquiry->product;
      facts.has_alua = inquiry->tpgs != scsi::Tpgs::none;
      facts.explicit_alua =
          inquiry->tpgs == scsi::Tpgs::explicit_ || inquiry->tpgs == scsi::Tpgs::both;
      break;
    }
    case Step::identification: {
      auto identification = scsi::parse_device_identification(data);
      if (!identification) return give_up({identification.error().message});
      facts.identity.wwid = std::move(identification->wwid);
      facts.weak_identity = identification->weak;
      facts.target_port_group = identification->target_port_group.value_or(0);
      // Without a group of its own, no answer about groups is about this path.
      facts.has_alua = facts.has_alua && identification->target_port_group.has_value();
      facts.explicit_alua = facts.explicit_alua && facts.has_alua;
      break;
    }
    case Step::serial:
      if (auto serial = scsi::unit_serial(data)) facts.identity.serial = std::move(*serial);
      break;
    case Step::capacity:
    case Step::capacity_10: {
      const auto capacity = step_ == Step::capacity ? scsi::parse_read_capacity_16(data)
                                                    : scsi::parse_read_capacity_10(data);
      if (!capacity) return give_up({capacity.error().message});
      facts.blocks = capacity->blocks;
      facts.identity.block_size = capacity->block_size;
      facts.provisioning.thin = capacity->lbpme;
      facts.provisioning.reads_zeros = capacity->lbpme && capacity->lbprz;
      return next(Step::capacity_10);
    }
    case Step::limits:
      if (const auto limits = scsi::parse_block_limits(data)) {
        facts.max_transfer = limits->max_transfer;
        facts.optimal_transfer = limits->optimal_transfer;
        facts.provisioning.max_write_same = limits->max_write_same;
        facts.provisioning.max_unmap = limits->max_unmap_blocks;
        facts.provisioning.granularity = limits->optimal_unmap_granularity;
        if (limits->unmap_alignment_valid) {
          facts.provisioning.alignment = limits->unmap_granularity_alignment;
        }
      }
      break;
    case Step::provisioning:
      if (const auto page = scsi::parse_logical_block_provisioning(data)) {
        facts.provisioning.unmap = page->unmap;
        facts.provisioning.threshold_exponent = page->threshold_exponent;
        facts.provisioning.write_same_unmaps = page->write_same_16;
      }
      break;
    case Step::usage:
      if (const auto used = scsi::parse_used_resources(data)) {
        facts.used_resources = *used;
      } else {
        tells_usage_ = false;
      }
      break;
    case Step::protection:
      if (const auto mode = scsi::parse_mode_sense_10(data)) {
        facts.read_only = mode->write_protected;
        facts.write_cache = mode->write_cache;
        facts.forces_writes = mode->dpofua;
      }
      break;
    case Step::groups:
      return parse_groups(data);
    case Step::activation:
      return activated();
    case Step::ready:
    case Step::end:
      break;
  }
  return next(step_);
}

Examination::Step Examination::parse_groups(ConstBytes data) {
  auto groups = scsi::parse_target_port_groups(data);
  if (!groups) {
    // Some targets send nonsense in the extended form.
    if (!extended_groups_) return Step::end;
    extended_groups_ = false;
    return step_;
  }
  constexpr std::size_t sane = 1U << 20U;
  if (groups->needed > buffer_.size() && groups->needed <= sane) {
    buffer_.resize(groups->needed);
    return step_;
  }
  result_.facts.groups = std::move(*groups);
  return Step::end;
}

Examination::Step Examination::next(Step step) const noexcept {
  const bool full = result_.scope == Scope::full;
  switch (step) {
    case Step::ready:
      return full ? Step::inquiry : Step::capacity;
    case Step::inquiry:
      return Step::identification;
    case Step::identification:
      return Step::serial;
    case Step::serial:
      return Step::capacity;
    case Step::capacity:
    case Step::capacity_10:
      if (full) return Step::limits;
      if (result_.facts.provisioning.thin && tells_usage_) return Step::usage;
      return result_.facts.has_alua ? Step::groups : Step::end;
    case Step::limits:
      return result_.facts.provisioning.thin ? Step::provisioning : Step::protection;
    case Step::provisioning:
      return tells_usage_ ? Step::usage : Step::protection;
    case Step::usage:
      if (full) return Step::protection;
      return result_.facts.has_alua ? Step::groups : Step::end;
    case Step::protection:
      return result_.facts.has_alua ? Step::groups : Step::end;
    case Step::groups:
    case Step::activation:
    case Step::end:
      return Step::end;
  }
  return Step::end;
}

Examination::Step Examination::give_up(Reason reason) {
  result_.verdict = scsi::CheckResult::down;
  result_.reason = std::move(reason);
  result_.facts = {};
  return Step::end;
}

}  // namespace scsimpath
