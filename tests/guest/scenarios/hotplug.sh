# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 240
# Every suitable disk, found by itself; paths go and come back under load, thirty times, and nothing
# is left behind.
. "$GUEST/lib.sh"

scsi_debug_load 6
mapfile -t all < <(paths_of_vendor Linux)
mapfile -t optimized < <(paths_of_vendor Linux 0)
mount_paths udev /mnt/mpath -o iopolicy=round-robin,checker_interval=1,io_timeout=5
scsimpathctl list /mnt/mpath
scsimpathctl candidates
file=$(head_file /mnt/mpath)
assert_equal 6 "$(status_of /mnt/mpath '.heads[0].paths_total')" "paths"
for path in "${all[@]}"; do
  case $((${path%%:*} % 3)) in
    0) path_is /mnt/mpath "$path" running || fail "$path is not running" ;;
    2) path_is /mnt/mpath "$path" ghost || fail "$path is no ghost" ;;
  esac
done

inode=$(stat --format=%i "$file")
descriptors() { find "/proc/$(daemon_pid)/fd" -mindepth 1 | wc -l; }
served() { path_is /mnt/mpath "$1" running; } # PATH
unserved() { [ -z "$(path_state /mnt/mpath "$1")" ]; } # PATH
victim=${optimized[1]}

fio --name=load --filename="$file" --ioengine=libaio --direct=1 --rw=randwrite --bs=4k --iodepth=4 \
  --size=32m --rate_iops=50 --time_based --runtime=600 --verify=crc32c --verify_backlog=64 \
  --verify_fatal=1 --output=/tmp/fio.log &
fio=$!
unplug "$victim"
wait_for 10 "the first removal" unserved "$victim"
scan "$victim"
wait_for 10 "the first return" served "$victim"
before=$(descriptors)
for round in {1..29}; do
  unplug "$victim"
  wait_for 10 "removal $round" unserved "$victim"
  scan "$victim"
  wait_for 10 "return $round" served "$victim"
done
settled() { [ "$(descriptors)" -le "$before" ]; }
wait_for 10 "descriptors are closed" settled
kill -0 $fio || { cat /tmp/fio.log; fail "fio ended early"; }
# Ended by a signal it never exits with 0; what it found is in its report.
kill -INT $fio
wait $fio || true
grep -q 'err= 0' /tmp/fio.log || { cat /tmp/fio.log; fail "fio"; }
assert_equal 0 "$(status_of /mnt/mpath '.heads[0].counters.errors')" "errors"

# The last path goes: the head stays for a while, then goes, and is the same when it comes back.
scsimpathctl set "$file" no_path_timeout 2
for path in "${all[@]}"; do unplug "$path"; done
gone_head() { [ ! -e "$file" ]; }
wait_for 20 "the head goes" gone_head
for path in "${all[@]}"; do scan "$path"; done
back() { [ -e "$file" ]; }
wait_for 10 "the head comes back" back
assert_equal "$inode" "$(stat --format=%i "$file")" "inode number"
unmount /mnt/mpath
