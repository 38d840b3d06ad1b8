# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 180
# ALUA from the wire: the target changes states of its port groups, and I/O goes where it must, waits
# where it can go nowhere, and goes on. A path is unmapped and mapped. The disk grows.
. "$GUEST/lib.sh"

# A change is told to one path by a unit attention; the others hear of it from their checks.
access() { status_of /mnt/mpath ".heads[0].paths[] | select(.name == \"$1\") | .access_state"; }
access_is() { [ "$(access "$1")" = "$2" ]; } # PATH STATE
head_is() { [ "$(status_of /mnt/mpath '.heads[0].state')" = "$1" ]; } # STATE
in_use() { # PATH: reads of the file go by it, and by no other
  local other=$one before
  [ "$1" != "$one" ] || other=$two
  before=("$(reads_of "$1")" "$(reads_of "$other")")
  dd if="$file" of=/dev/null bs=4k count=50 iflag=direct status=none
  [ $(($(reads_of "$1") - before[0])) -ge 50 ] && [ "$(reads_of "$other")" -eq "${before[1]}" ]
}
reads_of() {
  status_of /mnt/mpath ".heads[0].paths[] | select(.name == \"$1\") | .counters.read_bytes / 4096"
}

lio_load 1
echo 0 >"$LUN/attrib/emulate_write_cache"  # such a target refuses FUA
modprobe loop
one=$(lio_path 1)
two=$(lio_path 2)
mount_paths udev /mnt/mpath -o checker_interval=0.5,io_timeout=5
scsimpathctl list /mnt/mpath
file=$(head_file /mnt/mpath)
assert_equal 2 "$(status_of /mnt/mpath '.heads[0].paths_usable')" "usable paths"
assert_equal "1 2" "$(status_of /mnt/mpath '[.heads[0].paths[].target_port_group] | sort | map(tostring) | join(" ")')" \
  "port groups"

dd if=/dev/zero of="$file" bs=4k count=1 oflag=direct,dsync conv=notrunc status=none ||
  fail "a write that must last"

lio_state 1 1
wait_for 10 "group 1 is non-optimized" access_is "$one" active/non-optimized
in_use "$two" || fail "the optimized path is not the one that is used"
lio_state 1 2
wait_for 10 "group 1 is standby" access_is "$one" standby
wait_for 10 "a standby path is a ghost" path_is /mnt/mpath "$one" ghost
in_use "$two" || fail "the active path is not the one that is used"
lio_state 1 0
lio_state 2 3
wait_for 10 "group 2 is unavailable" access_is "$two" unavailable
wait_for 10 "group 1 is optimized" access_is "$one" active/optimized
in_use "$one" || fail "I/O did not move"

# Both in standby: I/O is held, control is not, and it goes on when one is active again.
lio_state 1 2
lio_state 2 2
wait_for 10 "the head holds" head_is holding
dd if="$file" of=/tmp/back bs=4k count=1 iflag=direct status=none &
reader=$!
wait_for 10 "the read is held" holds_io /mnt/mpath
lio_state 2 0
wait $reader || fail "the read that was held"
lio_state 1 0
wait_for 10 "both are used" head_is ok

# The LUN is unmapped and mapped on one path.
lio_unmap 1
forgotten() { [ -z "$(path_state /mnt/mpath "$1")" ]; }
wait_for 10 "the unmapped path goes" forgotten "$one"
dd if="$file" of=/dev/null bs=4k count=10 iflag=direct status=none
lio_map 1
wait_for 20 "the mapped path is back" path_is /mnt/mpath "$(lio_path 1)" running

# Growth, which this target announces to nobody.
loop=$(losetup --find --show --direct-io=on "$file")
truncate -s 96M /dev/shm/lun.img
echo "fd_dev_size=$((96 << 20))" >"$LUN/control"
grown() { [ "$(stat --format=%s "$file")" = $((96 << 20)) ]; }
wait_for 20 "the file grows" grown
losetup -c "$loop"
assert_equal $((96 << 20)) "$(blockdev --getsize64 "$loop")" "size of the loop device"
losetup -d "$loop"
assert_equal 0 "$(status_of /mnt/mpath '.heads[0].counters.errors')" "errors"
unmount /mnt/mpath
