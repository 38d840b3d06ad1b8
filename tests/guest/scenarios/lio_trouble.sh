# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 180
# A target whose port says nothing, or is in transition; and a LUN that tells the id of another.
. "$GUEST/lib.sh"

transport() { echo "$2" >"$(lio_port "$1")/transport_status"; } # GROUP offline|online
read_some() { dd if="$file" of=/dev/null bs=4k count=50 iflag=direct status=none; }

lio_load 1
one=$(lio_path 1)
two=$(lio_path 2)
mount_paths udev /mnt/mpath -o iopolicy=round-robin,checker_interval=0.5,io_timeout=5
file=$(head_file /mnt/mpath)
head -c 1M /dev/urandom >/tmp/data
dd if=/tmp/data of="$file" bs=64k oflag=direct conv=notrunc,fsync status=none

transport 1 offline
read_some || fail "a read while a port is off line"
wait_for 10 "the path is failed" path_is /mnt/mpath "$one" failed
scsimpathctl events --no-follow | tail -n 2
transport 1 online
wait_for 10 "the path is back" path_is /mnt/mpath "$one" running

lio_state 1 15
wait_for 10 "the path is in transition" path_is /mnt/mpath "$one" transitioning
read_some || fail "a read while a group is in transition"
lio_state 2 15
wait_for 10 "both are" path_is /mnt/mpath "$two" transitioning
read_some &
reader=$!
wait_for 10 "the read is held" holds_io /mnt/mpath
lio_state 2 0
wait $reader || fail "the read that was held"
lio_state 1 0
wait_for 10 "the first is back" path_is /mnt/mpath "$one" running

# Another LUN with the same id behind the second port: of another size, then of other blocks.
twin=$TARGET/core/fileio_1/twin
mismatches() { scsimpathctl events --no-follow | grep -c identity-mismatch || true; }
refused() { [ "$(mismatches)" -gt "$1" ]; } # COUNT
map_twin() { # SIZE-IN-MIB BLOCK-SIZE
  mkdir -p "$twin"
  truncate -s "$1M" /dev/shm/twin.img
  echo "fd_dev_name=/dev/shm/twin.img,fd_dev_size=$(($1 << 20)),fd_buffered_io=1" >"$twin/control"
  echo 1 >"$twin/enable"
  echo "$2" >"$twin/attrib/block_size"
  sed 's/.*: //' "$LUN/wwn/vpd_unit_serial" | tr -d '\n' >"$twin/wwn/vpd_unit_serial"
  ln -s "$twin" "$(lio_port 2)/lun/lun_0/virt"
  wait_for 10 "the twin's path" has_nodes "$two"
}
unmap_twin() {
  rm "$(lio_port 2)/lun/lun_0/virt"
  wait_for 10 "the twin's path goes" gone "$two"
  rmdir "$twin" "${twin%/*}"
}
for what in "32 512" "64 4096"; do
  lio_unmap 2
  before=$(mismatches)
  read -r size block <<<"$what"
  map_twin "$size" "$block"
  wait_for 20 "it is refused" refused "$before"
  scsimpathctl candidates
  assert_equal 1 "$(status_of /mnt/mpath '.heads | length')" "heads"
  assert_equal "$one" "$(status_of /mnt/mpath '[.heads[0].paths[].name] | join(" ")')" "paths"
  dd if="$file" bs=64k count=16 iflag=direct status=none | cmp - /tmp/data
  unmap_twin
  lio_map 2
  wait_for 20 "the right one is back" path_is /mnt/mpath "$two" running
done
assert_equal 0 "$(status_of /mnt/mpath '.heads[0].counters.errors')" "errors"
unmount /mnt/mpath
