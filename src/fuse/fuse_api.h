// SPDX-License-Identifier: LGPL-2.1-or-later
// libfuse's low-level interface and the kernel's messages, at one version for all.
#pragma once

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
