// SPDX-License-Identifier: LGPL-2.1-or-later
// From raw answers to an identity.
#include "disk_identity.h"

#include <fmt/format.h>

#include <cerrno>

#include "device_identification.h"
#include "inquiry.h"

namespace scsimpath::discovery {

Result<DiskIdentity> identify(const sg::FirstLook& look) {
  const auto inquiry = scsi::parse_inquiry(look.inquiry);
  if (!inquiry) return fail(EBADMSG, inquiry.error().message);
  if (!inquiry->is_connected_disk()) return fail(ENOMEDIUM, "no disk is behind it (INQUIRY)");
  DiskIdentity identity{.wwid = {},
                        .vendor = inquiry->vendor,
                        .product = inquiry->product,
                        .has_alua = inquiry->tpgs != scsi::Tpgs::none};
  const sg::Answer& answer = look.identification;
  if (answer.refused) return identity;
  // A target that is busy or a link that is down says nothing about the disk.
  if (!answer.error.empty()) {
    return fail(EIO, fmt::format("its id (VPD page 83h) could not be read: {}", answer.error));
  }
  auto page = scsi::parse_device_identification(answer.data);
  if (!page) return fail(EBADMSG, page.error().message);
  identity.wwid = std::move(page->wwid);
  identity.weak = page->weak;
  return identity;
}

}  // namespace scsimpath::discovery
