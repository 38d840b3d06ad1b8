#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Shows a failover: ext4 on a loop device on an emulated disk with four paths, fio writing and
# verifying, while one path is taken out and another hangs. Run it as root on Debian 12, in a clone
# of the project. It leaves nothing behind but the packages it installed and the folder of its build
# (build-try).
set -euo pipefail
exec </dev/null

cd "$(dirname "$(readlink -f "$0")")/.."
project=$PWD
build=${SCSIMPATH_BUILD:-$project/build-try}

say() { printf '\n# %s\n' "$*"; }
die() { printf '%s: %s\n' "$0" "$*" >&2; exit 1; }

[ "$(id -u)" -eq 0 ] || die "needs root, for a mount and a loop device: sudo $0"

install_packages() {
    local missing
    # What apt would do is asked first: without it there is no need for the network.
    # shellcheck disable=SC2016 # the braces are dpkg-query's
    missing=$(grep -v '^#' .ci/packages |
        xargs dpkg-query --show --showformat='${binary:Package} ${db:Status-Status}\n' 2>&1 |
        grep -cv ' installed$' || true)
    [ "$missing" -gt 0 ] || return 0
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    grep -v '^#' .ci/packages | xargs apt-get -qq install --yes --no-install-recommends
}

say "packages, and the programs (the first time this takes some minutes)"
install_packages >/dev/null || die "the packages of .ci/packages cannot be installed"
[ -e /dev/fuse ] || modprobe fuse 2>/dev/null || true
[ -e /dev/fuse ] || die "there is no /dev/fuse: the kernel needs its fuse module"
[ -e "$build/build.ninja" ] ||
    meson setup "$build" --buildtype=release -Dtests=false >/dev/null || die "meson failed"
ninja --quiet -C "$build" src/daemon/scsimpath src/ctl/scsimpathctl || die "the build failed"
PATH=$build/src/daemon:$build/src/ctl:$PATH

work=$(mktemp -d "${TMPDIR:-/tmp}/scsimpath-try.XXXXXX")
mount=$work/mpath
data=$work/data
loop=
fio=
mkdir "$mount" "$data"

# /proc/mounts is asked, not the mount, which may be dead.
unmount() {
    grep --quiet --fixed-strings " $1 " /proc/mounts || return 0
    umount "$1" 2>/dev/null || umount --lazy "$1"
}

clean_up() {
    local status=$?
    trap - EXIT
    set +e
    [ -z "$fio" ] || kill "$fio" 2>/dev/null
    wait
    unmount "$data"
    [ -z "$loop" ] || losetup --detach "$loop"
    unmount "$mount"
    rm -rf --one-file-system "$work"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Shows a command as a terminal would, and runs it.
run() { printf '$ %s\n' "${*//$work\//}"; "$@"; }

say "a disk of 256 MiB with four paths, a loop device and ext4 on it"
run scsimpath "emulated:$work/disk.img,size=256MiB,paths=4" "$mount" \
    -o iopolicy=round-robin,io_timeout=1,checker_interval=1
disk=$(echo "$mount"/naa.*)
[ -f "$disk" ] || die "the mount shows no disk"
loop=$(losetup --find --show --direct-io=on "$disk")
mkfs.ext4 -q "$loop"
mount "$loop" "$data"
run scsimpathctl list "$mount"

say "fio writes and verifies for some 12 seconds"
fio --name=try --directory="$data" --size=96m --rate=,8m --rw=randwrite --bsrange=4k-64k \
    --direct=1 --ioengine=libaio --iodepth=16 --verify=crc32c --verify_fatal=1 \
    --verify_backlog=256 --verify_state_save=0 --output="$work/fio.log" &
fio=$!
sleep 3

say "one path is taken out, another does not answer any more"
run scsimpathctl path "$disk" emu0 offline
run scsimpathctl path "$disk" emu1 fault hang
sleep 4
run scsimpathctl list "$mount"

say "both come back"
run scsimpathctl path "$disk" emu0 running
run scsimpathctl path "$disk" emu1 fault none

status=0
wait "$fio" || status=$?
fio=
if [ "$status" -ne 0 ]; then
    cat "$work/fio.log"
    die "fio met an error or a wrong block"
fi
run scsimpathctl list "$mount"
say "what happened"
scsimpathctl events --no-follow "$mount"
printf '\nfio: 96 MiB written and read back, no error, no wrong block\n'

umount "$data"
e2fsck -fn "$loop" >/dev/null 2>&1 || die "e2fsck found an error"
echo "e2fsck: the file system is clean"
run scsimpathctl list --check "$mount"
