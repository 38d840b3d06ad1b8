# SPDX-License-Identifier: LGPL-2.1-or-later
# The guest itself: its kernel, FUSE, and the program on an emulated disk, which dd writes and reads.
. "$GUEST/lib.sh"

echo "kernel $(uname -r), $(scsimpath --version)"
dd if=/dev/urandom of=/tmp/data bs=1M count=4 status=none
mount_paths emulated:/dev/shm/disk.img,size=64MiB,paths=2 /mnt/mpath
file=$(head_file /mnt/mpath)
assert_equal $((64 << 20)) "$(stat --format=%s "$file")" "size of $file"
assert_equal 2 "$(status_of /mnt/mpath '.heads[0].paths_usable')" "usable paths"

dd if=/tmp/data of="$file" bs=64k oflag=direct conv=notrunc,fsync status=none
dd if="$file" bs=64k count=64 iflag=direct status=none | cmp - /tmp/data

scsimpathctl path "$file" emu0 offline
dd if="$file" bs=64k count=64 iflag=direct status=none | cmp - /tmp/data
assert_equal offline "$(path_state /mnt/mpath emu0)" "state of emu0"

unmount /mnt/mpath
head -c 4M /dev/shm/disk.img | cmp - /tmp/data
rm /dev/shm/disk.img
