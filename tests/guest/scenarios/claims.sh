# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 120
# What a mount serves cannot be taken by accident under it, and is free again once it has ended,
# however that was.
. "$GUEST/lib.sh"

exclusively() { # NODE: as mkfs, mount and LVM open it
  python3 -c 'import os, sys; os.close(os.open(sys.argv[1], os.O_RDONLY | os.O_EXCL))' "$1" 2>/dev/null
}

scsi_debug_load 6
mapfile -t paths < <(paths_of_vendor Linux 0)
one=$(sd_of "${paths[0]}")
two=$(sd_of "${paths[1]}")
source=$(sg_of "${paths[0]}"):$(sg_of "${paths[1]}")
for node in "$one" "$two"; do exclusively "$node" || fail "$node is not free at first"; done
echo 'start=2048, type=83' | sfdisk -q "$one"
wait_for 10 "the partition" test -b "${one}1"

mount_paths "$source" /mnt/mpath
for node in "$one" "$two"; do
  assert_refused "an exclusive open of $node" exclusively "$node"
  assert_refused "mkfs on $node" mkfs.ext4 -q -F "$node"
done
mkdir -p /mnt/ext4
assert_refused "mkfs on a partition" mkfs.ext4 -q -F "${one}1"
assert_refused "a mount of a partition" mount -t ext4 "${one}1" /mnt/ext4
dd if="$one" of=/dev/null bs=4k count=1 status=none # is not kept from reading
unmount /mnt/mpath
for node in "$one" "$two"; do exclusively "$node" || fail "$node is not free after umount"; done

mount_paths "$source" /mnt/mpath
assert_refused "an exclusive open of $one" exclusively "$one"
kill -KILL "$(daemon_pid)"
wait_for 20 "the program's end" no_daemon
umount -l /mnt/mpath
for node in "$one" "$two"; do exclusively "$node" || fail "$node is not free after a crash"; done

# A mount after umount(8), which is back before the program has ended.
mount_paths "$source" /mnt/mpath
before=$(daemon_pid)
kill -STOP "$before"
umount -l /mnt/mpath
mount_paths "$source" /mnt/mpath &
mount=$!
pause 0.5
kill -CONT "$before"
wait $mount || fail "the mount after it"
assert_equal 2 "$(status_of /mnt/mpath '.heads[0].paths_usable')" "usable paths"
unmount /mnt/mpath

# A disk in use is not served.
mkfs.ext4 -q "${one}1"
mount "${one}1" /mnt/ext4
assert_refused "a mount of a disk in use" mount_paths "$(sg_of "${paths[0]}")" /mnt/mpath
umount /mnt/ext4
