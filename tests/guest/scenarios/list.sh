# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 120
# A list of devices: data go by the kernel's paths and come back, and what is wrong with a device is
# said in one line while the others are served.
. "$GUEST/lib.sh"

scsi_debug_load 6
mapfile -t paths < <(paths_of_vendor Linux 0)
one=$(sg_of "${paths[0]}")
two=$(sd_of "${paths[1]}")
dd if=/dev/urandom of=/tmp/data bs=1M count=8 status=none

mount_paths "$one:$two" /mnt/mpath -o iopolicy=round-robin
file=$(head_file /mnt/mpath)
assert_equal "$(naa_of "$one")" "$(basename "$file")" "the head's name"
assert_equal 2 "$(status_of /mnt/mpath '.heads[0].paths_usable')" "usable paths"
assert_equal "${paths[0]} ${paths[1]}" \
  "$(status_of /mnt/mpath '[.heads[0].paths[].name] | join(" ")')" "names of the paths"
for size in 4k 128k 1M; do
  before=("$(commands_sent "${paths[0]}")" "$(commands_sent "${paths[1]}")")
  dd if=/tmp/data of="$file" bs=$size oflag=direct conv=notrunc,fsync status=none
  dd if="$file" bs=$size count=8M iflag=direct,count_bytes status=none | cmp - /tmp/data
  for i in 0 1; do
    [ "$(commands_sent "${paths[i]}")" -gt "${before[i]}" ] || fail "no command by ${paths[i]}"
  done
done
# Another way to the same disk sees the same.
dd if="$two" bs=64k count=8M iflag=direct,count_bytes status=none | cmp - /tmp/data
scsimpathctl candidates
unmount /mnt/mpath

# Bad input: one line each, and the others go on.
says() { # WHAT SOURCE PATTERN
  mount_paths "$2" /mnt/mpath 2>/tmp/said || true
  cat /tmp/said
  assert_equal 1 "$(wc -l </tmp/said)" "lines about $1"
  grep -q "$3" /tmp/said || fail "not said of $1: $3"
}
for bad in "a node that is not there|/dev/sg99|no such node" \
  "a device that is not SCSI|/dev/null|is not a SCSI device" \
  "a file|/etc/passwd|is no device node" \
  "two nodes of one device|$(sd_of "${paths[0]}")|are the same device"; do
  IFS='|' read -r what node pattern <<<"$bad"
  says "$what" "$one:$node" "$pattern"
  assert_equal 1 "$(status_of /mnt/mpath '.heads[0].paths_total')" "paths beside $what"
  unmount /mnt/mpath
done
# Whoever may not use a device is told so, and how. A copy, for the build may lie where nobody may look.
cp "$(command -v scsimpath)" /tmp/scsimpath
mkdir -m 777 -p /tmp/own
setpriv --reuid=65534 --regid=65534 --clear-groups /tmp/scsimpath "$one" /tmp/own 2>/tmp/said && fail "not refused: nobody"
cat /tmp/said
assert_equal 1 "$(wc -l </tmp/said)" "lines about a device that is not permitted"
grep -q "Permission denied (run it as root" /tmp/said || fail "the remedy is not named"
# One in use.
mkswap -q "$two"
swapon "$two"
says "a disk in use" "$one:$two" "$two is swap"
assert_equal 1 "$(status_of /mnt/mpath '.heads[0].paths_total')" "paths beside a disk in use"
unmount /mnt/mpath
swapoff "$two"
wipefs -qa "$two"
says "nothing that works" "/dev/sg98:/dev/null" "no path can be used: /dev/sg98"
assert_refused "a mount of nothing that works" mountpoint -q /mnt/mpath
