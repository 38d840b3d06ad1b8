# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 240
# The kernel's ways for a SCSI command side by side; with --icount the figures repeat.
. "$GUEST/lib.sh"

scsi_debug_load 3 ndelay=50000
path=$(paths_of_vendor Linux 0)
greet "$path"
for allow_dio in 0 1; do
  echo $allow_dio >/sys/module/sg/parameters/allow_dio
  echo "sg allow_dio=$allow_dio"
  "$BUILD/tests/bench/sg_interfaces" "$(sg_of "$path")" "$(sd_of "$path")" "/dev/bsg/$path"
done
