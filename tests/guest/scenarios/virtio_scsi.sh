# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 180
# machine: virtio-scsi
# Hot unplug and replug of a path, and of a whole controller, while fio writes and verifies.
. "$GUEST/lib.sh"

modprobe -a virtio_scsi sd_mod sg
two_paths() { [ "$(paths_of_vendor QEMU | wc -l)" = 2 ]; }
wait_for 20 "two paths" two_paths
for path in $(paths_of_vendor QEMU); do wait_for 10 "nodes of $path" has_nodes "$path"; done
# The kernel may be about to look at them itself.
answers() { dd if="$(sd_of "$1")" of=/dev/null bs=4k count=1 iflag=direct status=none; }
for path in $(paths_of_vendor QEMU); do wait_for 10 "$path answers" answers "$path"; done
qmp_open

# It has no ALUA, which is said.
mount_paths udev /mnt/mpath 2>/tmp/said
cat /tmp/said
scsimpathctl candidates /mnt/mpath
assert_equal 2 "$(grep -c multipath=always /tmp/said)" "lines that name the remedy"
unmount /mnt/mpath

mount_paths udev /mnt/mpath -o multipath=always,iopolicy=round-robin,checker_interval=1,io_timeout=5
scsimpathctl list /mnt/mpath
file=$(head_file /mnt/mpath)
usable() { [ "$(status_of /mnt/mpath '.heads[0].paths_usable')" = "$1" ]; }
paths_are() { [ "$(status_of /mnt/mpath '.heads[0].paths_total')" = "$1" ]; }
fio --name=load --filename="$file" --ioengine=libaio --direct=1 --rw=randwrite --bs=4k --iodepth=4 \
  --size=32m --rate_iops=50 --time_based --runtime=600 --verify=crc32c --verify_backlog=64 \
  --verify_fatal=1 --output=/tmp/fio.log &
fio=$!
for round in 1 2 3; do
  qmp_unplug path1
  wait_for 20 "the path goes" paths_are 1
  qmp_plug_path 1
  wait_for 20 "the path is back" usable 2
done
qmp_unplug hba1
wait_for 20 "the controller's path goes" paths_are 1
qmp_plug_hba 1
qmp_plug_path 1
wait_for 20 "the controller's path is back" usable 2
kill -0 $fio || { cat /tmp/fio.log; fail "fio ended early"; }
kill -INT $fio
wait $fio || true
grep -q 'err= 0' /tmp/fio.log || { cat /tmp/fio.log; fail "fio"; }
assert_equal 0 "$(status_of /mnt/mpath '.heads[0].counters.errors')" "errors"
unmount /mnt/mpath
