# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 240
# What people put on a disk, on a loop device on real SCSI paths: partitions, LVM, LUKS, a file system;
# filled, trimmed, unmounted, the program started anew, and everything is still there.
. "$GUEST/lib.sh"

scsi_debug_load 3 lbpu=1 lbpws=1 lbprz=1 dev_size_mb=256
modprobe -a loop ext4 dm-mod dm-crypt
folder=/mnt/data
export LVM_SUPPRESS_FD_WARNINGS=1
mkdir -p $folder
head -c 32 /dev/urandom >/tmp/key

serve() {
  mount_paths udev /mnt/mpath -o checker_interval=1
  file=$(head_file /mnt/mpath)
  loop=$(losetup --find --show --partscan --direct-io=on "$file")
  wait_for 20 "the partition" partition_there
}
partition_there() { [ -b "${loop}p1" ] || ! grep -q . /tmp/made 2>/dev/null; }
luks() { # open the container on the volume
  lvm vgchange --quiet -ay --devices "${loop}p1" vg >/dev/null
  lvm vgmknodes --quiet >/dev/null 2>&1 || true
  wait_for 20 "the volume" test -b /dev/vg/lv
  cryptsetup open --allow-discards --key-file /tmp/key /dev/vg/lv secret
  wait_for 20 "the container" test -b /dev/mapper/secret
}
put_away() {
  umount $folder
  cryptsetup close secret
  lvm vgchange --quiet -an --devices "${loop}p1" vg >/dev/null
  losetup -d "$loop"
  unmount /mnt/mpath
}

: >/tmp/made
serve
echo 'start=2048, type=8e' | sfdisk -q "$loop"
wait_for 20 "the new partition" test -b "${loop}p1"
echo yes >/tmp/made
lvm pvcreate --quiet --devices "${loop}p1" "${loop}p1" >/dev/null
lvm vgcreate --quiet --devices "${loop}p1" vg "${loop}p1" >/dev/null
lvm lvcreate --quiet --devices "${loop}p1" -y -Zn -l 100%FREE -n lv vg >/dev/null
lvm vgmknodes --quiet >/dev/null 2>&1 || true
wait_for 20 "the new volume" test -b /dev/vg/lv
cryptsetup luksFormat --batch-mode --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file /tmp/key /dev/vg/lv
luks
mkfs.ext4 -q /dev/mapper/secret
mount /dev/mapper/secret $folder
dd if=/dev/urandom of=$folder/kept bs=1M count=24 status=none
dd if=/dev/zero of=$folder/gone bs=1M count=48 conv=fsync status=none
sum=$(sha256sum <$folder/kept)
rm $folder/gone
sync -f $folder
fstrim -v $folder
[ "$(status_of /mnt/mpath '.heads[0].counters.unmaps')" -gt 0 ] || fail "nothing was given back"
put_away

serve
luks
mount /dev/mapper/secret $folder
assert_equal "$sum" "$(sha256sum <$folder/kept)" "what was kept"
umount $folder
e2fsck -fn /dev/mapper/secret
mount /dev/mapper/secret $folder
assert_equal 0 "$(status_of /mnt/mpath '.heads[0].counters.errors')" "errors"
put_away

# What the kernel's own driver makes of the same commands: a hole reads as zeros.
mount_paths udev /mnt/mpath
file=$(head_file /mnt/mpath)
dd if=/dev/urandom of="$file" bs=1M count=8 conv=notrunc,fsync status=none
fallocate --punch-hole --offset 1M --length 4M "$file"
dd if="$file" bs=1M skip=1 count=4 iflag=direct status=none | cmp - <(head -c 4M /dev/zero)
python3 - "$file" <<'END'
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
assert os.lseek(fd, 0, os.SEEK_HOLE) == 1 << 20, os.lseek(fd, 0, os.SEEK_HOLE)
assert os.lseek(fd, 1 << 20, os.SEEK_DATA) == 5 << 20, os.lseek(fd, 1 << 20, os.SEEK_DATA)
END
unmount /mnt/mpath
