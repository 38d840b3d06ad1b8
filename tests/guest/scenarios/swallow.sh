# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 300
# kernel: 6.7
# One path swallows every command. From io_timeout on, I/O goes by the others at once, control answers
# all the time, and the path comes back when the kernel's error handler is through with it.
. "$GUEST/lib.sh"

ERRORS=/sys/kernel/debug/scsi_debug
swallow() { echo '0 1 0xff' >"$ERRORS/$1/error"; } # PATH: the next command of any kind, and all after it

scsi_debug_load 6
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
mapfile -t paths < <(paths_of_vendor Linux 0)
victim=${paths[1]}
echo 1 >"$(device "$victim")/eh_timeout"

for exclusive in yes no; do
  mount_paths udev /mnt/mpath -o "iopolicy=round-robin,checker_interval=1,io_timeout=2,exclusive=$exclusive"
  file=$(head_file /mnt/mpath)
  probe base 5 "$file"
  echo "nothing wrong: $(cat /tmp/base)"
  swallow "$victim"
  probe probed 10 "$file"
  echo "exclusive=$exclusive: $(cat /tmp/probed)"
  # The kernel keeps what was swallowed for 7 s at least. Whoever reads waits for io_timeout, and
  # whoever writes too where nobody else could; beside that nobody waits at all.
  assert_short longest 4
  assert_short fifth 1
  assert_short fifth_write 1
  assert_short control 1
  jq -e '.stuck > 1' /tmp/probed >/dev/null || fail "nothing was swallowed"
  if [ $exclusive = yes ]; then
    assert_short longest_write 4
  fi
  scsimpathctl list /mnt/mpath
  scsimpathctl explain "$file"
  path_is /mnt/mpath "$victim" failed || fail "the path is $(path_state /mnt/mpath "$victim")"
  assert_equal 0 "$(status_of /mnt/mpath '.heads[0].counters.errors')" "errors"
  echo '- 0 0xff' >"$ERRORS/$victim/error"
  start=$SECONDS
  umount /mnt/mpath
  wait_for 120 "the program ends" no_daemon
  echo "umount took $((SECONDS - start)) s"
done

# A path that swallows from the start: whoever mounts waits for io_timeout, not for it.
swallow "$victim"
start=$SECONDS
mount_paths udev /mnt/mpath -o iopolicy=round-robin,checker_interval=1,io_timeout=2
echo "mount took $((SECONDS - start)) s"
file=$(head_file /mnt/mpath)
dd if="$file" of=/dev/null bs=4k count=100 iflag=direct status=none
[ "$(status_of /mnt/mpath '.heads[0].paths_usable')" -ge 1 ] || fail "no path is usable"
! path_is /mnt/mpath "$victim" running || fail "a path that says nothing is used"
scsimpathctl candidates
echo '- 0 0xff' >"$ERRORS/$victim/error"
wait_for 60 "the path is used when it answers" path_is /mnt/mpath "$victim" running
umount /mnt/mpath
wait_for 120 "the program ends" no_daemon
