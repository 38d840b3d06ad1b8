# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What scenarios share; each begins with: . "$GUEST/lib.sh"
# A path is named as the kernel does, H:C:T:L. Nothing waits without an end: wait_for has a limit, and
# so has the scenario as a whole (`# limit: SECONDS` in its file, for an idle machine).
set -eEuo pipefail
trap 'echo "FAILED: line $LINENO of ${BASH_SOURCE[0]##*/}: $BASH_COMMAND" >&2' ERR

DEVICES=/sys/class/scsi_device
SCSI_DEBUG=/sys/bus/pseudo/drivers/scsi_debug
TARGET=/sys/kernel/config/target
LUN=$TARGET/core/fileio_0/lun0

# --- asserting

fail() {
  echo "FAILED: $* (line ${BASH_LINENO[0]}, called from ${BASH_LINENO[1]:-0})" >&2
  exit 1
}

assert_equal() { # EXPECTED ACTUAL WHAT
  [ "$1" = "$2" ] || fail "$3: expected '$1', got '$2'"
}

assert_refused() { # WHAT COMMAND…
  local what=$1
  shift
  if "$@"; then fail "not refused: $what"; fi
}

# --- waiting

# A pause needs no process: nobody writes into this fifo.
exec {nothing}<> <(:)
pause() { read -rt "${1:-0.05}" -u "$nothing" || true; }

# Until COMMAND succeeds, SECONDS of an idle machine at most.
wait_for() { # SECONDS WHAT COMMAND…
  local what=$2 end=$((SECONDS + $1 * PATIENCE + 1))
  shift 2
  until "$@" 2>/dev/null; do
    [ $SECONDS -lt $end ] || fail "not within the time: $what"
    pause
  done
}

# --- paths

device() { echo "$DEVICES/$1/device"; } # PATH

# Nodes of a path; a failure where it has none.
sg_of() { basename_of "$DEVICES/$1/device/scsi_generic/"*; }
sd_of() { basename_of "$DEVICES/$1/device/block/"*; }
basename_of() {
  [ -e "$1" ] || return 1
  echo "/dev/${1##*/}"
}

# Of a vendor, or with one argument more: those whose host number leaves that remainder by 3.
paths_of_vendor() { # VENDOR [REMAINDER]
  local entry path
  for entry in "$DEVICES"/*; do
    [ -e "$entry/device/vendor" ] || continue
    path=${entry##*/}
    [[ $(<"$entry/device/vendor") = "$1"* ]] || continue
    [ $# -lt 2 ] || [ $((${path%%:*} % 3)) -eq "$2" ] || continue
    echo "$path"
  done | sort -t: -n
}

has_nodes() { # PATH
  local sg sd
  sg=$(sg_of "$1") && sd=$(sd_of "$1") && [ -c "$sg" ] && [ -b "$sd" ]
}

gone() { [ ! -e "$DEVICES/$1" ]; } # PATH

state() { cat "$DEVICES/$1/device/state"; }          # PATH
set_state() { echo "$2" >"$DEVICES/$1/device/state"; } # PATH offline|running
unplug() { # PATH
  echo 1 >"$DEVICES/$1/device/delete"
  wait_for 10 "$1 goes" gone "$1"
}
scan() { # PATH, which was there before
  echo '- - -' >"/sys/class/scsi_host/host${1%%:*}/scan"
  wait_for 10 "nodes of $1" has_nodes "$1"
}

# Commands that the kernel has sent down these paths, in all.
commands_sent() { # PATH…
  local path sum=0
  for path; do sum=$((sum + $(<"$DEVICES/$path/device/iorequest_cnt"))); done
  echo $sum
}

# The WRITE(10)s alone of all paths, from here on.
TRACING=/sys/kernel/tracing
count_writes() {
  mountpoint -q $TRACING || mount -t tracefs tracefs $TRACING
  echo 'opcode == 0x2a' >$TRACING/events/scsi/scsi_dispatch_cmd_start/filter
  echo >$TRACING/trace
  echo 1 >$TRACING/events/scsi/scsi_dispatch_cmd_start/enable
}
writes_counted() { grep -c scsi_dispatch_cmd_start: $TRACING/trace || true; }

# A command of a path that needs no medium; not the first one of a new path, which a unit attention
# meets.
answers() { sg_turs "$(sg_of "$1")" >/dev/null 2>&1; } # PATH
greet() { answers "$1" || true; }                     # PATH

# The logical unit's id as a node tells it.
naa_of() { # NODE
  sg_vpd --page=di_lu --quiet "$1" | sed -n 's/^ *0x\([0-9a-f]*\).*/naa.\1/p' | head -n 1
}

# --- scsi_debug: N hosts, a path each, to one logical unit. Their ALUA states go by host number: by
# 3 it leaves 0 for active/optimized, 1 for active/non-optimized, 2 for standby.

scsi_debug_load() { # N [PARAMETER…]
  local hosts=$1
  shift
  modprobe -a sd_mod sg
  modprobe scsi_debug add_host="$hosts" per_host_store=0 vpd_use_hostno=0 dev_size_mb=64 delay=0 "$@"
  wait_for 20 "$hosts paths" scsi_debug_complete "$hosts"
}

scsi_debug_complete() { # N
  local path count=0
  for path in $(paths_of_vendor Linux); do
    has_nodes "$path" || return 1
    count=$((count + 1))
  done
  [ $count -eq "$1" ]
}

# --- LIO: one logical unit on a file, over two ports of the loopback fabric, each in a target port
# group of its own, gp1 and gp2. Access states: 0 active/optimized, 1 non-optimized, 2 standby,
# 3 unavailable, 14 offline, 15 transitioning.

configfs() {
  [ -d /sys/kernel/config/target ] || mount -t configfs configfs /sys/kernel/config 2>/dev/null || true
}

lio_load() { # TYPE: 1 implicit, 2 explicit, 3 both
  modprobe -a target_core_mod target_core_file tcm_loop sd_mod sg
  configfs
  mkdir -p /etc/target/pr /etc/target/alua "$LUN"
  truncate -s 64M /dev/shm/lun.img
  echo "fd_dev_name=/dev/shm/lun.img,fd_dev_size=$((64 << 20)),fd_buffered_io=1" >"$LUN/control"
  echo -n 0123456789abcdef >"$LUN/wwn/vpd_unit_serial"
  echo 1 >"$LUN/enable"
  local group port
  for group in 1 2; do
    port=$(lio_port $group)
    mkdir "$LUN/alua/gp$group"
    echo $group >"$LUN/alua/gp$group/tg_pt_gp_id"
    echo "$1" >"$LUN/alua/gp$group/alua_access_type"
    mkdir -p "$port/lun/lun_0"
    [ ! -e "$port/rtpi" ] || echo $group >"$port/rtpi"
    echo "naa.600140500000002$group" >"$port/nexus"
    lio_map $group
  done
}

lio_port() { echo "$TARGET/loopback/naa.600140500000001$1/tpgt_1"; } # GROUP
lio_path() { echo "$(<"$(lio_port "$1")/address"):0"; }              # GROUP
lio_state() { echo "$2" >"$LUN/alua/gp$1/alua_access_state"; }       # GROUP STATE

# What a path says of a group's access state, in hex.
reported_state() { # PATH GROUP
  sg_rtpg --decode "$(sg_of "$1")" | awk -v group="0x$2" '
    /target port group id :/ { here = $6 == group }
    here && /asymmetric access state :/ { print $8; exit }'
}

lio_map() { # GROUP
  local port
  port=$(lio_port "$1")
  ln -s "$LUN" "$port/lun/lun_0/virt"
  echo "gp$1" >"$port/lun/lun_0/alua_tg_pt_gp"
  wait_for 10 "the path of group $1" has_nodes "$(lio_path "$1")"
}

lio_unmap() { # GROUP
  rm "$(lio_port "$1")/lun/lun_0/virt"
  wait_for 10 "the path of group $1 goes" gone "$(lio_path "$1")"
}

lio_unload() {
  local group port
  for group in 1 2; do
    port=$(lio_port $group)
    [ -d "$port" ] || continue
    rm -f "$port/lun/lun_0/virt"
    rmdir "$port/lun/lun_0" "$port" "${port%/*}" "$LUN/alua/gp$group"
  done
  [ ! -d "$LUN" ] || rmdir "$LUN" "${LUN%/*}"
  [ ! -d "$TARGET/loopback" ] || rmdir "$TARGET/loopback"
  modprobe -r tcm_loop target_core_file
  rm -f /dev/shm/lun.img
}

# --- virtio-scsi: two controllers, hba0 and hba1, with a path each, path0 and path1, to one logical
# unit; QEMU takes commands (QMP) on a port.

qmp_open() {
  local port
  for port in /sys/class/virtio-ports/*; do
    [ "$(<"$port/name")" = qmp ] && exec {qmp}<>"/dev/${port##*/}"
  done
  [ ! -e /run/qmp ] || return 0  # it greets once
  qmp_until '"QMP"'
  qmp qmp_capabilities
  : >/run/qmp
}
qmp_until() { # PATTERN: the next line that has it
  local line
  while read -rt $((10 * PATIENCE)) -u "$qmp" line; do
    [[ $line = *'"error"'* ]] && fail "QEMU: $line"
    [[ $line = *$1* ]] && return 0
  done
  fail "QEMU did not say $1"
}
qmp() { # COMMAND [ARGUMENTS-IN-JSON]
  echo "{\"execute\": \"$1\", \"arguments\": {${2:-}}}" >&"$qmp"
  qmp_until '"return"'
}
qmp_unplug() { # ID
  qmp device_del "\"id\": \"$1\""
  qmp_until "DEVICE_DELETED\", \"data\": {\"device\": \"$1\""
}
qmp_plug_path() { # NUMBER
  qmp device_add "\"driver\": \"scsi-hd\", \"id\": \"path$1\", \"bus\": \"hba$1.0\", \"drive\": \"lun$1\",
    \"share-rw\": true, \"serial\": \"LUN0\", \"wwn\": $((0x5000000000000001))"
}
qmp_throttle() { # NUMBER BYTES-PER-SECOND, 0: as fast as it can
  qmp qom-set "\"path\": \"/objects/rate$1\", \"property\": \"limits\", \"value\": {\"bps-total\": $2}"
}
qmp_plug_hba() { # NUMBER
  qmp device_add "\"driver\": \"virtio-scsi-pci\", \"id\": \"hba$1\""
}

# --- udev: not there until a scenario wants it, which should come after its paths have

udev_start() {
  /lib/systemd/systemd-udevd --daemon --resolve-names=never --children-max=2 --event-timeout=120
  udevadm trigger --action=add --subsystem-match={scsi,block,scsi_generic}
  udev_settle
}
udev_settle() { udevadm settle --timeout=$((24 * PATIENCE)); }

# --- the program

# Mounts SOURCE on FOLDER. It logs where the scenario does.
mount_paths() { # SOURCE FOLDER [OPTION…]
  local source=$1 folder=$2
  shift 2
  [ -e /dev/fuse ] || modprobe fuse
  mkdir -p "$folder"
  scsimpath "$source" "$folder" "$@"
}

# The one process that serves a mount; the scenario has just one.
daemon_pid() { pidof scsimpath; }
no_daemon() { ! pidof scsimpath >/dev/null; }

# The one file of a mount.
head_file() { # FOLDER
  local files
  mapfile -t files < <(find "$1" -maxdepth 1 -type f)
  assert_equal 1 ${#files[@]} "heads of $1"
  echo "${files[0]}"
}

status_of() { jq -r "$2" "$1/.scsimpath/status"; } # FOLDER JQ-FILTER

# The state the program gives to the path of that name.
path_state() { # FOLDER PATH
  status_of "$1" ".heads[0].paths[] | select(.name == \"$2\") | .state"
}
path_is() { [ "$(path_state "$1" "$2")" = "$3" ]; } # FOLDER PATH STATE

holds_io() { [ "$(status_of "$1" '.heads[0].held')" -gt 0 ]; } # FOLDER

# Measures a head with probe.py into /tmp/NAME.
probe() { # NAME SECONDS FILE
  python3 "$GUEST/probe.py" "$3" "$(dirname "$3")/.scsimpath/status" "$2" "/tmp/$1"
}

# Of what /tmp/probed says: less than SECONDS, on a machine that needs no time itself. /tmp/base is what
# this one made of the same load while nothing was wrong.
assert_short() { # KEY SECONDS
  jq -e --arg key "$1" --argjson most "$2" --slurpfile base /tmp/base \
    '.[$key] < $most + 3 * $base[0][$key]' /tmp/probed >/dev/null || fail "too long: $1"
}

unmount() { # FOLDER
  umount "$1"
  wait_for 20 "the program ends" no_daemon
}
