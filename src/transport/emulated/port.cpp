// SPDX-License-Identifier: LGPL-2.1-or-later
// Names a port and hands it its faults.
#include "port.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace scsimpath::emulated {

Port::Port(std::shared_ptr<LogicalUnit> unit, unsigned number, Runtime& runtime)
    : info_{.name = fmt::format("emu{}", number),
            .device = fmt::format("emulated:{}", number),
            .max_transfer = LogicalUnit::max_transfer,
            .port = std::make_shared<PortLoad>()},
      gate_(std::make_shared<FaultGate>(std::move(unit), number, runtime)) {}

std::string Port::fault() const {
  return gate_->fault();
}

Result<void> Port::set_fault(std::string_view specification) {
  const auto order = parse_fault(specification);
  if (!order) return std::unexpected(order.error());
  if (const auto* state = std::get_if<AccessState>(&*order)) {
    gate_->set_access_state(*state);
  } else if (std::holds_alternative<PowerLoss>(*order)) {
    gate_->lose_power();
  } else {
    gate_->set_fault(std::get<Fault>(*order));
  }
  return {};
}

}  // namespace scsimpath::emulated
