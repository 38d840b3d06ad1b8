# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 180
# machine: virtio-scsi
# A path whose data crawls, eight seconds a block, while it still answers every check. Its driver knows no
# timeout: the kernel keeps what it has for as long as that lasts.
. "$GUEST/lib.sh"

modprobe -a virtio_scsi sd_mod sg
two_paths() { [ "$(paths_of_vendor QEMU | wc -l)" = 2 ]; }
wait_for 20 "two paths" two_paths
mapfile -t paths < <(paths_of_vendor QEMU)
for path in "${paths[@]}"; do wait_for 10 "nodes of $path" has_nodes "$path"; done
victim=${paths[1]}
qmp_open

# For longer than is asked of the probe below, which looks less often on a slow machine.
is_stuck() {
  [ "$(status_of /mnt/mpath ".heads[0].paths[] | select(.name == \"$victim\") | .stuck_s > 4.5")" = true ]
}

trap '[ $? = 0 ] || { cat /mnt/mpath/.scsimpath/status; scsimpathctl events --no-follow /mnt/mpath; }' EXIT

for exclusive in yes no; do
  mount_paths udev /mnt/mpath -o "multipath=always,iopolicy=round-robin,checker_interval=1,io_timeout=2,exclusive=$exclusive"
  file=$(head_file /mnt/mpath)
  probe base 3 "$file"
  echo "nothing wrong: $(cat /tmp/base)"
  qmp_throttle 1 500
  probe probed 10 "$file" &
  probe=$!
  wait_for 15 "the path keeps what it has" is_stuck
  kill -0 $probe || fail "the probe ended early"
  path_is /mnt/mpath "$victim" failed || fail "the path is $(path_state /mnt/mpath "$victim")"
  scsimpathctl list /mnt/mpath
  qmp_throttle 1 0
  wait $probe
  echo "exclusive=$exclusive: $(cat /tmp/probed)"
  # Where other hosts could write a write waits until what it had given up is dead.
  assert_short longest 4
  assert_short fifth 1
  assert_short fifth_write 1
  assert_short control 1
  jq -e '.stuck > 4' /tmp/probed >/dev/null || fail "the path gave back what it had"
  if [ $exclusive = yes ]; then
    assert_short longest_write 4
  else
    jq -e '.longest_write > 4' /tmp/probed >/dev/null || fail "a write did not wait for its ghost"
  fi
  assert_equal 0 "$(status_of /mnt/mpath '.heads[0].counters.errors')" "errors"
  wait_for 40 "the path is used again" path_is /mnt/mpath "$victim" running
  unmount /mnt/mpath
done
