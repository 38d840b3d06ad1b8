// SPDX-License-Identifier: LGPL-2.1-or-later
// The rules, in the order in which they are told.
#include "admission.h"

#include <fmt/format.h>

namespace scsimpath::discovery {

namespace {

DiskFacts to_facts(const ScsiDevice& device, const Properties& properties) {
  DiskFacts facts{.vendor = device.vendor, .product = device.product, .properties = properties};
  facts.devices = {device.name};
  if (!device.block_node.empty()) facts.devices.push_back(device.block_node);
  if (!device.sg_node.empty()) facts.devices.push_back(device.sg_node);
  return facts;
}

}  // namespace

std::optional<Refusal> Admission::before(const ScsiDevice& device,
                                         const std::optional<Properties>& properties,
                                         const std::string& user) const {
  const bool wanted = listed.contains(device.name);
  if (!wanted && !udev) return Refusal{.reason = "not in the list of this mount"};
  if (device.type != ScsiDevice::disk_type) return Refusal{.reason = "is no disk"};
  if (!wanted) {
    // Without what its rules will say it might be taken, or refused, by mistake.
    if (!properties && filter.names_properties()) {
      return Refusal{.reason = "udev has not looked at it yet", .may_pass = true};
    }
    if (auto reason = filter.refused_before(to_facts(device, properties.value_or(Properties())))) {
      return Refusal{.reason = *std::move(reason)};
    }
  }
  if (!user.empty()) return Refusal{.reason = user};
  if (device.bsg_node.empty()) {
    return Refusal{.reason = "it has no bsg node (the kernel needs CONFIG_BLK_DEV_BSG)",
                   .may_pass = true};
  }
  // Without it there is nothing that others could use, and nothing to claim; but it may come yet.
  if (device.block_node.empty() && !wanted) {
    return Refusal{.reason = "it has no block device (modprobe sd_mod)", .may_pass = true};
  }
  return std::nullopt;
}

std::optional<Refusal> Admission::after(const ScsiDevice& device, const Properties& properties,
                                        const DiskIdentity& identity) const {
  if (identity.wwid.empty()) return Refusal{.reason = "it has no unique id (VPD page 83h)"};
  if (listed.contains(device.name)) return std::nullopt;
  DiskFacts facts = to_facts(device, properties);
  facts.wwid = identity.wwid;
  if (auto reason = filter.refused(facts)) {
    return Refusal{.reason = *std::move(reason), .wwid = identity.wwid};
  }
  const bool named = named_wwids.contains(identity.wwid);
  if (identity.weak && !always && !named) {
    return Refusal{
        .reason = fmt::format("its only id is a T10 vendor id, which other disks may share "
                              "(multipath=always, or a [[head]] with wwid = \"{}\")",
                              identity.wwid),
        .wwid = identity.wwid};
  }
  if (!identity.has_alua && !always) {
    return Refusal{.reason = "it has no ALUA, so it may have one port only (multipath=always)",
                   .lacks_alua = true,
                   .wwid = identity.wwid};
  }
  return std::nullopt;
}

}  // namespace scsimpath::discovery
