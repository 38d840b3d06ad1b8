# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 90
# Explicit ALUA: the way to the active port group goes, and the target is asked for the other one.
. "$GUEST/lib.sh"

asked() { scsimpathctl events --no-follow /mnt/mpath | grep -c group-activation || true; }

lio_load 3
one=$(lio_path 1)
two=$(lio_path 2)
mount_paths udev /mnt/mpath -o checker_interval=0.5,io_timeout=5
file=$(head_file /mnt/mpath)
lio_state 2 2
wait_for 10 "a standby path is a ghost" path_is /mnt/mpath "$two" ghost
dd if="$file" of=/dev/null bs=4k count=10 iflag=direct status=none
assert_equal 0 "$(asked)" "requests for a group while a path works"

lio_unmap 1
dd if=/dev/urandom of=/tmp/data bs=4k count=16 status=none
dd if=/tmp/data of="$file" bs=4k iflag=fullblock oflag=direct conv=notrunc status=none
dd if="$file" of=/tmp/back bs=4k count=16 iflag=direct status=none
cmp /tmp/data /tmp/back
assert_equal 1 "$(asked)" "requests for the group that is left"
scsimpathctl events --no-follow /mnt/mpath | grep group-activation
path_is /mnt/mpath "$two" running || fail "the path whose group was asked for is not running"
assert_equal 0x00 "$(reported_state "$two" 2)" "state of group 2, as the target reports it"

# What comes back in standby stays there.
lio_state 1 2
lio_map 1
wait_for 20 "the mapped path is a ghost" path_is /mnt/mpath "$(lio_path 1)" ghost
dd if="$file" of=/dev/null bs=4k count=10 iflag=direct status=none
assert_equal 1 "$(asked)" "requests for a group after that"
assert_equal 0 "$(status_of /mnt/mpath '.heads[0].counters.errors')" "errors"
unmount /mnt/mpath
