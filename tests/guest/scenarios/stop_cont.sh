# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 90
# A program that is stopped and continued while a write is under way sends it once. SG_IO on /dev/sgN
# would send it twice, which is seen first: else the count would prove nothing.
. "$GUEST/lib.sh"

# A command takes some 3 s. The delay can be set while none is under way: a check may be.
set_delay() { echo "$1" >"$SCSI_DEBUG/delay"; }
slowly() { wait_for 30 "commands end" set_delay 750; }
fast() { wait_for 30 "commands end" set_delay 0; }
busy() { [ "$(writes_counted)" -gt 0 ]; } # it takes longer than this takes to see
stop_and_continue() { # PID
  wait_for 10 "the write is under way" busy
  kill -STOP "$1"
  wait_for 10 "the program is stopped" stopped "$1"
  kill -CONT "$1"
}
stopped() { grep -q '^State:.*T' "/proc/$1/status"; }

scsi_debug_load 3
path=$(paths_of_vendor Linux 0)
node=$(sg_of "$path")
greet "$path"
dd if=/dev/urandom of=/tmp/block bs=4096 count=1 status=none

slowly
count_writes
sg_raw --infile=/tmp/block --send=4096 --timeout=60 "$node" 2a 00 00 00 00 40 00 00 08 00 &
writer=$!
stop_and_continue $writer
wait $writer || fail "sg_raw"
assert_equal 2 "$(writes_counted)" "writes by SG_IO on $node"
fast

# --- the program

mount_paths "paths:$node" /mnt/mpath -o io_timeout=60
file=$(head_file /mnt/mpath)
slowly
count_writes
# It keeps the file open: a close asks the program, which is stopped then.
python3 - "$file" /tmp/block /tmp/sent <<'END' &
import os, signal, sys
name, block, sent = sys.argv[1:]
fd = os.open(name, os.O_RDWR)
with open(block, "rb") as file:
    data = file.read()
assert os.pwrite(fd, data, 0x80000) == len(data)
os.rename(block, sent)
signal.pause()
END
writer=$!
stop_and_continue "$(daemon_pid)"
wait_for 20 "the write's end" test -e /tmp/sent
sent=$(writes_counted)
fast
kill -KILL $writer
assert_equal 1 "$sent" "writes by the program"
dd if="$file" bs=4096 skip=128 count=1 iflag=direct status=none | cmp - /tmp/sent
unmount /mnt/mpath
