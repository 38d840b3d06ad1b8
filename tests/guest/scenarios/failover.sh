# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 180
# fio writes and verifies while one of two paths is taken offline, deleted, and comes back.
. "$GUEST/lib.sh"

# Of three hosts in a row one is active/optimized.
scsi_debug_load 6
mapfile -t paths < <(paths_of_vendor Linux 0)
assert_equal 2 ${#paths[@]} "optimized paths"
mount_paths "$(sg_of "${paths[0]}"):$(sg_of "${paths[1]}")" /mnt/mpath \
  -o iopolicy=round-robin,checker_interval=1,io_timeout=5
file=$(head_file /mnt/mpath)
assert_equal 2 "$(status_of /mnt/mpath '.heads[0].paths_usable')" "usable paths"
victim=${paths[1]}

load() { # SECONDS
  fio --name=load --filename="$file" --ioengine=libaio --direct=1 --rw=randwrite --bs=4k \
    --iodepth=4 --size=32m --rate_iops=100 --time_based --runtime="$1" --verify=crc32c \
    --verify_backlog=64 --verify_fatal=1 --output=/tmp/fio.log
}
moved() { [ "$(commands_sent "$1")" -gt "$2" ]; } # PATH COUNT

during() { # WHAT COMMAND…: while fio runs, and fio must end well
  local what=$1 fio
  shift
  load 15 &
  fio=$!
  wait_for 10 "fio's first writes" moved "${paths[0]}" "$(($(commands_sent "${paths[0]}") + 5))"
  "$@"
  wait $fio || { cat /tmp/fio.log; fail "fio, while $what"; }
}

go_offline() {
  set_state "$victim" offline
  wait_for 10 "the offline path is failed" path_is /mnt/mpath "$victim" failed
  set_state "$victim" running
  wait_for 10 "the path is used again" path_is /mnt/mpath "$victim" running
  wait_for 10 "commands by it" moved "$victim" "$(commands_sent "$victim")"
}
during "a path is offline and back" go_offline

be_deleted() {
  unplug "$victim"
  wait_for 10 "the deleted path is failed or gone" not_running
}
not_running() { [ "$(path_state /mnt/mpath "$victim")" != running ]; }
during "a path is deleted" be_deleted

# The same path with new nodes is another device, which a list does not follow: a new mount takes it.
unmount /mnt/mpath
scan "$victim"
mount_paths "$(sg_of "${paths[0]}"):$(sg_of "$victim")" /mnt/mpath -o iopolicy=round-robin
assert_equal 2 "$(status_of /mnt/mpath '.heads[0].paths_usable')" "usable paths after the return"
load 5 || { cat /tmp/fio.log; fail "fio, by the path that came back"; }
unmount /mnt/mpath
