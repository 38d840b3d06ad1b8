# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 240
# ext4 on a loop device on the file while its paths go off line and are deleted in turn, and the
# program is killed and mounted again at the end: all data are there, and fsck finds nothing.
. "$GUEST/lib.sh"

scsi_debug_load 9
modprobe -a loop ext4
mapfile -t paths < <(paths_of_vendor Linux 0)
served() { path_is /mnt/mpath "$1" running; } # PATH
unserved() { ! served "$1"; }

mount_paths udev /mnt/mpath -o iopolicy=round-robin,checker_interval=0.5,io_timeout=5
file=$(head_file /mnt/mpath)
loop=$(losetup --find --show --direct-io=on "$file")
mkfs.ext4 -q "$loop"
mkdir -p /mnt/ext4
mount "$loop" /mnt/ext4
fio --name=load --directory=/mnt/ext4 --ioengine=libaio --direct=1 --rw=randwrite --bs=4k \
  --iodepth=4 --size=16m --rate_iops=100 --time_based --runtime=600 --verify=crc32c \
  --verify_backlog=64 --verify_fatal=1 --output=/tmp/fio.log &
fio=$!
for round in 1 2; do
  for path in "${paths[@]}"; do
    set_state "$path" offline
    wait_for 10 "$path is out" unserved "$path"
    set_state "$path" running
    wait_for 10 "$path is back" served "$path"
    unplug "$path"
    wait_for 10 "$path is gone" unserved "$path"
    scan "$path"
    wait_for 10 "$path is here again" served "$path"
  done
done
kill -0 $fio || { cat /tmp/fio.log; fail "fio ended early"; }
kill -INT $fio
wait $fio || true
grep -q 'err= 0' /tmp/fio.log || { cat /tmp/fio.log; fail "fio"; }
dd if=/dev/urandom of=/mnt/ext4/kept bs=1M count=2 conv=fsync status=none
sum=$(sha256sum </mnt/ext4/kept)
umount /mnt/ext4
e2fsck -fn "$loop"
losetup -d "$loop"
assert_equal 0 "$(status_of /mnt/mpath '.heads[0].counters.errors')" "errors"

kill -KILL "$(daemon_pid)"
wait_for 20 "the program's end" no_daemon
umount -l /mnt/mpath
mount_paths udev /mnt/mpath
assert_equal "$file" "$(head_file /mnt/mpath)" "the file's name after a crash"
loop=$(losetup --find --show --direct-io=on "$file")
mount "$loop" /mnt/ext4
assert_equal "$sum" "$(sha256sum </mnt/ext4/kept)" "what was written before"
umount /mnt/ext4
losetup -d "$loop"
unmount /mnt/mpath
