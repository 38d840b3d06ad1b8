# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 120
# With udevd: its events are followed, its database is matched, and it marks what is served.
. "$GUEST/lib.sh"

scsi_debug_load 6
mkdir -p /run/udev/rules.d
cp "$GUEST/../../src/daemon/60-scsimpath.rules" /run/udev/rules.d
udev_start
mapfile -t paths < <(paths_of_vendor Linux 0)
victim=${paths[1]}
node=$(sd_of "$victim")
property() { udevadm info --query=property --property="$1" --value "$node"; } # NAME

cat >/tmp/udev.toml <<END
[udev]
exclude = [{ property = "DEVNAME=$(sd_of "${paths[0]}")" }]
END
mount_paths /tmp/udev.toml /mnt/mpath -o checker_interval=1
scsimpathctl candidates
assert_equal 5 "$(status_of /mnt/mpath '.heads[0].paths_total')" "paths"
scsimpathctl candidates | grep -q "$(sd_of "${paths[0]}").*excluded by the configuration" ||
  fail "the excluded disk is not told of"
marked() { [ "$(property DM_MULTIPATH_DEVICE_PATH) $(property SYSTEMD_READY)" = "1 0" ]; }
unmarked() { [ -z "$(property DM_MULTIPATH_DEVICE_PATH)" ]; }
wait_for 20 "udev marks the path" marked

unplug "$victim"
unserved() { [ -z "$(path_state /mnt/mpath "$victim")" ]; }
wait_for 10 "the path goes" unserved
scan "$victim"
wait_for 20 "the path is back" path_is /mnt/mpath "$victim" running
node=$(sd_of "$victim")
wait_for 20 "udev marks it again" marked
unmount /mnt/mpath
wait_for 20 "udev takes the mark away" unmarked
