# SPDX-License-Identifier: LGPL-2.1-or-later
# limit: 300
# What the way through the file system costs: the block device, SG_IO by a single thread, and the file,
# in one run. With --icount the figures repeat. Not a test: it prints and judges nothing.
. "$GUEST/lib.sh"

rate() { # fio's OPTION…: operations per second
  fio --name=rate --direct=1 --time_based --ramp_time=0.2 --runtime="${SECONDS_EACH:-1}" --size=64M \
    --randseed=1 --output-format=json "$@" >/tmp/fio.json
  jq '.jobs[0] | .read.iops + .write.iops' /tmp/fio.json
}

scsi_debug_load 3 ndelay=50000
disk=$(sd_of "$(paths_of_vendor Linux 0)")
mount_paths udev /mnt/mpath -o multipath=always
file=$(head_file /mnt/mpath)
printf '%-10s %5s %5s %10s %14s %14s\n' operation size depth block 'SG_IO (ratio)' 'file (ratio)'
for operation in randread randwrite; do
  for row in 4k:1 4k:16 128k:4; do
    what=(--rw=$operation --bs="${row%:*}")
    block=$(rate "${what[@]}" --ioengine=libaio --iodepth="${row#*:}" --filename="$disk")
    single=$(rate "${what[@]}" --ioengine=sg --filename="$disk")
    ours=$(rate "${what[@]}" --ioengine=libaio --iodepth="${row#*:}" --filename="$file")
    awk -v block="$block" -v single="$single" -v ours="$ours" -v what="$operation" -v row="$row" 'BEGIN {
      split(row, part, ":")
      printf "%-10s %5s %5d %10.0f %7.0f (%4.2f) %7.0f (%4.2f)\n", what, part[1], part[2], block,
        single, single / block, ours, ours / block }'
  done
done
unmount /mnt/mpath
