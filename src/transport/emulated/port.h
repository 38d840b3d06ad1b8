// SPDX-License-Identifier: LGPL-2.1-or-later
// One port of an emulated disk as a path's transport.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "fault_gate.h"
#include "scsimpath/transport.h"

namespace scsimpath::emulated {

/// Completes inside `submit`, in the caller's thread, unless a fault holds or delays the command.
class Port final : public Transport, private FaultInjection {
 public:
  Port(std::shared_ptr<LogicalUnit> unit, unsigned number, Runtime& runtime);

  [[nodiscard]] const TransportInfo& info() const noexcept override { return info_; }
  void submit(Command& command) noexcept override { gate_->submit(command); }
  void abort(Command& command) noexcept override { gate_->abort(command); }
  [[nodiscard]] FaultInjection* faults() noexcept override { return this; }

 private:
  [[nodiscard]] std::string fault() const override;
  [[nodiscard]] Result<void> set_fault(std::string_view specification) override;

  const TransportInfo info_;
  const std::shared_ptr<FaultGate> gate_;
};

}  // namespace scsimpath::emulated
