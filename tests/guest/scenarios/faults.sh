# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 240
# What scsi_debug can be told to answer, on every path at once: nothing reaches the user but a medium
# error, once, as ENODATA. Then ext4 on a loop device, and fsck.
. "$GUEST/lib.sh"

scsi_debug_load 6
modprobe -a loop ext4
mount_paths udev /mnt/mpath -o iopolicy=round-robin,checker_interval=1,io_timeout=5
file=$(head_file /mnt/mpath)
dd if=/dev/urandom of=/tmp/data bs=1M count=16 status=none
writes_and_reads() {
  dd if=/tmp/data of="$file" bs=16k count=128 oflag=direct conv=notrunc,fsync status=none &&
    dd if="$file" bs=16k count=128 iflag=direct status=none | cmp - <(head -c 2M /tmp/data)
}
errors() { status_of /mnt/mpath '[.heads[0].paths[].counters.errors] | add'; }
seen() { # WHAT OPTS EVERY_NTH
  local before
  before=$(errors)
  echo "$2" >"$SCSI_DEBUG/opts"
  echo "$3" >"$SCSI_DEBUG/every_nth"
  writes_and_reads || fail "I/O while $1"
  echo 0 >"$SCSI_DEBUG/every_nth"
  echo 0 >"$SCSI_DEBUG/opts"
  echo "$1: $(($(errors) - before)) commands met it"
  scsimpathctl events --no-follow | tail -n 3
}
seen "recovered errors are answered" 8 5
seen "transfers are short" 0x100 7
seen "the host is busy" 0x8000 3
assert_equal 0 "$(status_of /mnt/mpath '.heads[0].counters.errors')" "errors"

echo 2 >"$SCSI_DEBUG/opts"
before=$(status_of /mnt/mpath '.heads[0].counters.errors')
python3 - "$file" <<'END'
import errno, mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECT)
buffer = mmap.mmap(-1, 4096)
try:
    os.preadv(fd, [buffer], 0x1234 // 8 * 4096)
except OSError as error:
    assert error.errno == errno.ENODATA, error
else:
    sys.exit("a medium error was not told")
END
echo 0 >"$SCSI_DEBUG/opts"
assert_equal 1 $(($(status_of /mnt/mpath '.heads[0].counters.errors') - before)) "medium errors"

loop=$(losetup --find --show --direct-io=on "$file")
mkfs.ext4 -q "$loop"
mkdir -p /mnt/ext4
mount "$loop" /mnt/ext4
echo 0x100 >"$SCSI_DEBUG/opts"
echo 50 >"$SCSI_DEBUG/every_nth"
fio --name=load --directory=/mnt/ext4 --ioengine=libaio --direct=1 --rw=randwrite --bs=4k \
  --iodepth=4 --size=16m --verify=crc32c --verify_fatal=1 --output=/tmp/fio.log ||
  { cat /tmp/fio.log; fail "fio on ext4"; }
echo 0 >"$SCSI_DEBUG/every_nth"
echo 0 >"$SCSI_DEBUG/opts"
umount /mnt/ext4
e2fsck -fn "$loop"
losetup -d "$loop"
unmount /mnt/mpath
