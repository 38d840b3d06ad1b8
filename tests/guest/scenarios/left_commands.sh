# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 240
# kernel: 6.7
# Programs that are killed while the kernel has a write of theirs that the device does not answer: the
# next one writes first when the kernel has got that back.
. "$GUEST/lib.sh"

ERRORS=/sys/kernel/debug/scsi_debug

scsi_debug_load 6
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
mapfile -t paths < <(paths_of_vendor Linux 0)
victim=${paths[1]}
echo 1 >"$(device "$victim")/eh_timeout"
no_commands() { ! has_commands; }
has_commands() { [ "$(<"$(device "$victim")/device_busy")" -gt 0 ]; }
swallow_a_write() { echo '0 -1 0x2a' >"$ERRORS/$victim/error"; } # everything else is answered
write_block() { # FILE BLOCK
  dd if=/dev/urandom of="$1" bs=4k count=1 seek="$2" oflag=direct conv=notrunc status=none
}
options=iopolicy=round-robin,checker_interval=1,io_timeout=2

# The program itself. It waits for its command in a way that nothing interrupts, so it keeps its disks
# until the kernel is through with that.
start=$SECONDS
mount_paths udev /mnt/mpath -o "$options"
# Long enough for what is to be seen before a command that was left comes back: that takes mounts.
left_for=$((20 + 5 * (SECONDS - start)))
file=$(head_file /mnt/mpath)
wait_for 20 "the path is used" path_is /mnt/mpath "$victim" running
swallow_a_write
# Two blocks each: else the paths' turns may give all writes to one, and the flushes at their ends to
# the other.
for block in 2 4 6 8; do
  dd if=/dev/urandom of="$file" bs=4k count=2 seek=$block oflag=direct conv=notrunc 2>/dev/null &
done
wait_for 10 "a write stays with the kernel" has_commands
kill -9 "$(daemon_pid)"
umount -l /mnt/mpath
has_commands || fail "the write has gone with the program"
start=$SECONDS
mount_paths udev /mnt/mpath -o "$options"
scsimpathctl candidates | tee /tmp/candidates
! has_commands || grep -q 'scsimpath that was killed' /tmp/candidates || fail "not said why"
is_served() { [ "$(status_of /mnt/mpath '.heads[0].paths_usable')" -ge 1 ]; }
wait_for 60 "the disk is served" is_served
! has_commands || fail "the disk is served beside commands of the program that was killed"
echo "served $((SECONDS - start)) s after the mount had begun"
wait  # for those who wrote: they have got their errors
file=$(head_file /mnt/mpath)
write_block "$file" 100
unmount /mnt/mpath

# A program that leaves a command behind when it ends: sg's write().
cat >/tmp/leave.py <<'END'
import ctypes, os, struct, sys
data = ctypes.create_string_buffer(4096)
cdb = ctypes.create_string_buffer(bytes([0x2a, 0, 0, 0, 0, 8, 0, 0, 8, 0]), 10)
timeout = 1000 * int(sys.argv[2])
fd = os.open(sys.argv[1], os.O_RDWR)
header = struct.pack("iiBBHIQQQIIiQBBBBHHiII4x", ord("S"), -2, 10, 0, 0, 4096, ctypes.addressof(data),
                     ctypes.addressof(cdb), 0, timeout, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
os.write(fd, header)
os._exit(0)
END
leave_a_command() {
  swallow_a_write
  python3 /tmp/leave.py "$(sg_of "$victim")" "$left_for"
  has_commands || fail "nothing was left"
}

leave_a_command
start=$SECONDS
mount_paths udev /mnt/mpath -o "$options"
file=$(head_file /mnt/mpath)
has_commands || fail "too late to see anything"
echo "mounted after $((SECONDS - start)) s, the write is left for $left_for s"
scsimpathctl list /mnt/mpath
assert_equal true "$(status_of /mnt/mpath '.heads[0].holds_writes')" "the head holds writes"
write_block "$file" 100 &
writer=$!
# Its close would wait for the write: the kernel's FUSE does that.
cat >/tmp/read.py <<'END'
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECT)
for block in range(10):
    os.preadv(fd, [mmap.mmap(-1, 4096)], 4096 * block)
print("read", flush=True)
END
python3 /tmp/read.py "$file" >/tmp/read &
has_read() { grep -q read /tmp/read; }
wait_for 5 "reads" has_read
has_commands || fail "reads have waited for the kernel"
# In this order: a command that comes back between the two looks is no fault.
while kill -0 $writer 2>/dev/null; do pause 0.02; done
! has_commands || fail "a write has passed a command that was left"
wait $writer
echo "the write went $((SECONDS - start)) s after the mount had begun"
assert_equal false "$(status_of /mnt/mpath '.heads[0].holds_writes')" "the head holds writes"
wait_for 20 "the path is used" path_is /mnt/mpath "$victim" running
unmount /mnt/mpath

# With less patience: writes go on by the others, and the path has to be brought back.
trap '[ $? = 0 ] || scsimpathctl events --no-follow /mnt/mpath' EXIT
leave_a_command
mount_paths udev /mnt/mpath -o "$options,ghost_timeout=2"
file=$(head_file /mnt/mpath)
write_block "$file" 100
scsimpathctl events --no-follow /mnt/mpath >/tmp/events
carries_no_writes() {
  [ "$(status_of /mnt/mpath ".heads[0].paths[] | select(.name == \"$victim\") | .carries_writes")" = false ]
}
wait_for 30 "the path is there and carries no writes" carries_no_writes
scsimpathctl list /mnt/mpath
scsimpathctl events --no-follow /mnt/mpath >/tmp/events
grep -q "commands-left.*$victim" /tmp/events || { cat /tmp/events; fail "no event"; }
scsimpathctl path "$file" "$victim" running
wait_for 20 "the path carries all again" path_is /mnt/mpath "$victim" running
assert_refused "the path carries no writes" carries_no_writes
unmount /mnt/mpath
# Who has left it is not there to keep the module.
wait_for $((40 + left_for)) "the kernel gives it back" no_commands
