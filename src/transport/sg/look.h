// SPDX-License-Identifier: LGPL-2.1-or-later
// The first look at a node, before anything else is known of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scsimpath/bytes.h"
#include "scsimpath/result.h"
#include "scsimpath/runtime.h"

namespace scsimpath::sg {

/// One answer, raw: only what the device sent, at most what was asked for.
struct Answer {
  std::vector<std::uint8_t> data;
  std::string error;     ///< why there is none; empty: there is one
  bool refused = false;  ///< the device does not know what it was asked for: there will be none
};

struct FirstLook {
  std::vector<std::uint8_t> inquiry;  ///< standard data
  Answer identification;              ///< VPD page 83h
  Answer serial;                      ///< VPD page 80h
  Answer capacity;                    ///< READ CAPACITY (16), else (10): `capacity_16` tells
  bool capacity_16 = false;
};

/// Asks by libsgutils2, one command after the other; `timeout` is each command's, and the kernel
/// may take longer to end one. Blocks: on a thread nobody waits for. Takes an sg, block or bsg node
/// and only reads. Fails when the node can't be opened, is no SCSI device, or gives no standard
/// data; the message names the node.
[[nodiscard]] Result<FirstLook> look(const std::string& node, Duration timeout);

/// Status and sense data in words, by libsgutils2's decoder.
[[nodiscard]] std::string failure_text(int status, ConstBytes sense);

/// Whether a device says by its sense data that it does not know the command, or the page, that
/// they came with.
[[nodiscard]] bool is_refusal(ConstBytes sense) noexcept;

}  // namespace scsimpath::sg
