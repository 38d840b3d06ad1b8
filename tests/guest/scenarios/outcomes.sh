# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 240
# kernel: 6.7
# Every answer that scsi_debug can be made to give once to a READ(10), and what became of the read:
# the log has the table of what was asked for, what the program's table says, and what was seen.
. "$GUEST/lib.sh"

scsi_debug_load 6
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
mapfile -t paths < <(paths_of_vendor Linux 0)
mount_paths "$(sg_of "${paths[0]}"):$(sg_of "${paths[1]}")" /mnt/mpath \
  -o iopolicy=round-robin,checker_interval=0.2,io_timeout=5,no_path_timeout=5
# One path is enough: after some failures it would be used last.
scsimpathctl path "$(head_file /mnt/mpath)" "${paths[0]}" offline
python3 "$GUEST/outcomes.py" /mnt/mpath "${paths[1]}" "$(head_file /mnt/mpath)"
unmount /mnt/mpath
