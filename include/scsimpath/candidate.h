// SPDX-License-Identifier: LGPL-2.1-or-later
// A SCSI disk of this machine and what became of it.
#pragma once

#include <string>

namespace scsimpath {

struct Candidate {
  std::string name;         ///< H:C:T:L
  std::string device;       ///< `/dev/sdc`, else `/dev/sg3`, else the name
  std::string wwid;         ///< empty: not known, perhaps it was refused before it was asked
  bool used = false;        ///< it is a path
  std::string reason;       ///< why it is none (yet), with the remedy where there is one
  bool lacks_alua = false;  ///< the only reason
};

}  // namespace scsimpath
